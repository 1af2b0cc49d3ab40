"""Short links, their codes to print, and live codes: one redirect, whose click is durable before it is answered.

Nouns: `Link` (a short code with its targets), `Code` (a live code: printed once, its target turns over a pool of
`Place`s), `Scan` (which visitor was given which place), `Domain` (where the world calls this house for links).
`routing` knows as dated data which form of a link works in which in-app browser. Announces `link.*`, `code.*` and
`domain.*`; lands `Link Clicked` and `Code Scanned`. Hears nothing.
"""
