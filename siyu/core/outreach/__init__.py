"""How the house speaks to people: channels today; templates, broadcasts, journeys and the one send gate come to it.

Nouns: Message (to one address), Sender (a plug for interfaces), Receipt.
"""
