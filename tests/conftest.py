"""For all tests: hypothesis judges values, not speed (the machines of a test run are shared and slow at times)."""

from hypothesis import settings

settings.register_profile("vcchk", deadline=None)
settings.load_profile("vcchk")
