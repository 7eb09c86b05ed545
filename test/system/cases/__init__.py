"""The tests. Importing a module registers what it claims."""

from . import (acceptance, api, directives, faults, hostile, links, membership,  # noqa: F401
               misuse, mixed, pauses, pings, planted, processes, reload, soak, starting, steps,
               upgrade)
