"""Decision models: yes-or-no questions about one text, answered with probabilities; nothing is generated."""
