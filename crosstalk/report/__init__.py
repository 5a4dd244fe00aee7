"""The page: one offline file with what was measured, for a researcher or a decision maker."""
