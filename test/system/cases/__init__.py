"""The tests. Importing a module registers what it claims."""

from . import (acceptance, api, directives, faults, fencing, hostile, links, logging,  # noqa: F401
               media, membership, misuse, mixed, pauses, pings, planted, processes, reload, serial, soak,
               starting, steps, upgrade)
