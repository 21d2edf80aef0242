"""What each rule demands, why, with an example, the remedy and the source: for the command line and the documents."""
