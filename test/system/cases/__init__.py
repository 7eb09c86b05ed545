"""The tests. Importing a module registers what it claims."""

from . import acceptance, api, faults, hostile, mixed, upgrade  # noqa: F401
