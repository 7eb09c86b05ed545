"""The tests. Importing a module registers what it claims."""

from . import acceptance, api, faults, mixed, upgrade  # noqa: F401
