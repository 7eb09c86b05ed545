"""The tests. Importing a module registers what it claims."""

from . import (acceptance, api, faults, hostile, links, membership, misuse, mixed,  # noqa: F401
               pauses, pings, processes, reload, soak, steps, upgrade)
