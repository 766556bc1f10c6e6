"""Floor 3: long memory traces at full speed, through the same kernel that steps go through."""
