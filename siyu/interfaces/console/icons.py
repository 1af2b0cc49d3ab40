"""Strokes of 20 by 20, drawn with a line of 1.6."""

ICONS = {
    "cockpit": '<path d="M3.5 14a7 7 0 1 1 13 0"/><path d="M10 12l3-4"/><circle cx="10" cy="12.5" r="1"/>',
    "people": '<circle cx="7.5" cy="7" r="2.8"/><path d="M2.5 16c.4-3 2.4-4.6 5-4.6s4.6 1.6 5 4.6"/>'
    '<path d="M13 4.6a2.6 2.6 0 0 1 0 4.9M14.8 11.9c1.6.6 2.5 2 2.7 4.1"/>',
    "audiences": '<circle cx="8" cy="10" r="5"/><circle cx="12.5" cy="10" r="5"/>',
    "tags": '<path d="M3.5 3.5h6l7 7-6 6-7-7z"/><circle cx="7" cy="7" r="1.1"/>',
    "screening": '<path d="M3 4h14l-5.5 6.500V16l-3 1.500v-7z"/>',
    "plan": '<path d="M4 5h2M4 10h2M4 15h2M8.500 5H16M8.500 10H16M8.500 15H13"/>',
    "visitors": '<circle cx="10" cy="10" r="6.500"/><path d="M5.400 5.400l9.200 9.200"/>',
    "imports": '<path d="M10 3v9M6.500 8.500L10 12l3.500-3.500"/><path d="M3.500 13v3.500h13V13"/>',
    "sources": '<circle cx="10" cy="14.500" r="1.3"/>'
    '<path d="M6.500 11a5 5 0 0 1 7 0M3.500 8a9.200 9.200 0 0 1 13 0"/>',
    "team": '<rect x="3.5" y="4" width="13" height="13" rx="2"/><circle cx="10" cy="9" r="2.2"/>'
    '<path d="M6.3 15.3c.5-2 1.9-3 3.7-3s3.2 1 3.7 3M8 2.5h4"/>',
    "outbox": '<path d="M3.500 11.500L6 4h8l2.500 7.500v5h-13z"/><path d="M3.500 11.500h4l1 2h3l1-2h4"/>',
    "erasures": '<path d="M11.500 4l5 5-7.500 7.500H6L3 13.500z"/><path d="M7.500 8l5 5M9 16.500h8"/>',
    "audit": '<path d="M5 3h7l3 3v11H5z"/><path d="M7.500 8.500h5M7.500 11.500h5M7.500 14.300h3"/>',
    "keys": '<circle cx="7" cy="13" r="3.5"/><path d="M9.500 10.500L16 4M13.500 6.500l2 2"/>',
    "failures": '<path d="M10 3.500L17.500 16.500H2.500z"/><path d="M10 8.500v4M10 14.300v.2"/>',
    "settings": '<path d="M3 6h8M15 6h2M3 14h2M9 14h8"/><circle cx="13" cy="6" r="2"/><circle cx="7" cy="14" r="2"/>',
    "search": '<circle cx="9" cy="9" r="5.5"/><path d="M13 13l4 4"/>',
    "plus": '<path d="M10 4v12M4 10h12"/>',
    "cross": '<path d="M5 5l10 10M15 5L5 15"/>',
    "check": '<path d="M4.5 10.5l3.5 3.5 7.5-8"/>',
    "sun": '<circle cx="10" cy="10" r="3.5"/><path d="M10 2.500v2M10 15.500v2M2.500 10h2M15.500 10h2'
    'M4.700 4.700l1.400 1.400M13.900 13.900l1.400 1.400M4.700 15.300l1.400-1.400M13.900 6.100l1.400-1.400"/>',
    "orders": '<path d="M5 7h10l1 10H4z"/><path d="M7.500 9V6a2.500 2.500 0 0 1 5 0v3"/>',
    "catalogue": '<path d="M3.500 4h5.500v12H3.500zM11 4h5.500v5.500H11zM11 12h5.500v4H11z"/>',
    "stock": '<path d="M3 7l7-3.500L17 7v7l-7 3.500L3 14z"/><path d="M3 7l7 3.500L17 7M10 10.500V17"/>',
    "counter": '<path d="M3.500 7V3.500H7M13 3.500h3.500V7M16.500 13v3.500H13M7 16.500H3.500V13M6 10h8"/>',
    "order": '<path d="M5 7h10l1 10H4z"/><path d="M7.500 9V6a2.500 2.500 0 0 1 5 0v3"/>',
    "back": '<path d="M8 5L3.500 9.500 8 14"/><path d="M3.500 9.500H12a4.500 4.500 0 0 1 4.500 4.500v2"/>',
    "eye": '<path d="M2.5 10S5.2 5 10 5s7.500 5 7.500 5-2.700 5-7.500 5-7.500-5-7.500-5z"/>'
    '<circle cx="10" cy="10" r="2.200"/>',
    "pencil": '<path d="M4 16l.8-3.400L13 4.400l2.600 2.600-8.200 8.200z"/>',
    "door": '<path d="M8 3.500h7.500v13H8"/><path d="M3 10h8M8 7l3 3-3 3"/>',
    "star": '<path d="M10 3l2.100 4.600 4.900.6-3.600 3.400.9 4.900L10 14l-4.300 2.500.9-4.900L3 8.200l4.900-.6z"/>',
    "clock": '<circle cx="10" cy="10" r="6.500"/><path d="M10 6v4.300l2.800 1.700"/>',
    "down": '<path d="M5.500 8l4.500 4.500L14.500 8"/>',
    "key": '<circle cx="7" cy="13" r="3.500"/><path d="M9.500 10.500L16 4M13.500 6.500l2 2"/>',
}
