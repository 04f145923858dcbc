"""Staff: who may come in, what each may do, and what the trail says about it."""
