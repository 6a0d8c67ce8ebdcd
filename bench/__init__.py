"""Speed and memory of edukit, measured on whole processes and held against the goals: ``python -m bench``."""
