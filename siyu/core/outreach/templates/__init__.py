"""What is said to many, with what is known of each: `{name|friend}, your {trait.city|} shop is at {link:https://…}`.

Nouns: Template (a code by which it is known), Version (its words; a version never changes). `words` reads a text or
says where it is wrong, `compiling` makes a prepared format of it, `values` asks what is known of people, a set at a
time, and `rendering` puts them together.
"""
