"""The commands of `greffe`, by what they are about. Each speaks to people; what is done stands one folder up."""
