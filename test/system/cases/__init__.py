"""The tests. Importing a module registers what it claims."""

from . import acceptance, api, faults, hostile, links, mixed, pauses, upgrade  # noqa: F401
