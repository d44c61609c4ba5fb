"""The committed word lists, and the command that fills them from Faker."""
