//! Fleets for tests, and sessions driven by keys as text.
