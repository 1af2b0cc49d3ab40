"""Who is there: persons behind identities, and what is known of them.

Nouns: Person, Identity (namespace and value, as sent), Member (who can sign in), Trait, TagGroup, Tag, Tagging.
Everything hangs on the identity as sent; the person is a join. A person's number is that of its first identity.
Announces person.appeared, member.joined, member.signed_in, identity.linked, person.described, person.tagged,
person.untagged.
"""
