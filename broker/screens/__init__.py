"""Everything a person sees: templates, style, translations, cause pages.

Owns the look, both languages, the catalogue of causes and one-time form keys.
Refuses to know the database and the flow; each page declares the values it shows.
Called by the HTTP rooms."""
