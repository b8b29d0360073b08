"""Does the reader of sentences catch a sentence in which one thing is wrong?"""
