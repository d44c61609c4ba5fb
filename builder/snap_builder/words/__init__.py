"""The committed word lists, and the commands that fill them from Faker and tzdata."""
