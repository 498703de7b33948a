"""GitHub and GitHub Enterprise: an App that hears of pull requests, and speaks through the REST interface."""
