"""The ways to prove that a car arrived: one small function per route, one module per state."""
