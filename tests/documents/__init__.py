"""What runs the commands and code blocks of the documents: found in the pages, made small, run once each."""
