"""What is printed from the venue's settings and the law: the notices that hang at the entrance."""
