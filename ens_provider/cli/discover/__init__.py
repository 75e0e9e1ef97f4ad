"""Finding out which value of each of the emulator's switches an account shows.

`experiments` ask the account one question each, on objects that the `bench` makes and remembers;
`cleaning` removes those, whatever happened; `command` asks a person first.
"""
