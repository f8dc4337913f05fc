"""Papers to file: PDF reports and statements."""
