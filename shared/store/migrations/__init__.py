"""The history of the schema. A revision that was released is never edited; the next one follows it."""
