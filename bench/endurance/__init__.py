"""Hours of writes to a fleet under faults: what was promised must be there, and every copy must be one. Standard library only."""
