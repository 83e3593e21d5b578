"""Other servers of tokens, measured in the same run as ours."""
