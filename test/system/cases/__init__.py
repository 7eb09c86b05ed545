"""The tests. Importing a module registers what it claims."""

from . import (acceptance, api, directives, faults, hostile, links, logging, media,  # noqa: F401
               membership, misuse, mixed, pauses, pings, planted, processes, reload, serial, soak,
               starting, steps, upgrade)
