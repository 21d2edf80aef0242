"""One folder a dialect (one file where it has one): how it is asked, how it is read, what it keeps. Pure."""
