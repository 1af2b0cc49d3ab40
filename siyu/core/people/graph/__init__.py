"""Who is whom: evidence that identities are one person, the map that follows from it, and what operators decide.

Every tie between two identities is an edge with its rule, source and time. The map of persons is a projection of all
edges that stand and of the separations (`projection.py`), so a change of evidence re-projects the clusters that it
touches and nothing else, and what is taken back leaves no trace in the map.

Lock order: numbers of identities first, then the map, then what features lock. Whoever holds the map numbers nobody.
"""
