"""The tests. Importing a module registers what it claims."""

from . import (acceptance, api, faults, hostile, links, misuse, mixed, pauses, pings,  # noqa: F401
               processes, soak, steps, upgrade)
