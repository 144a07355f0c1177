"""What can go wrong with a badge, each with a sentence that a learner can act on."""


class OpenBadgesError(Exception):
    """The root of every error that the core raises. `message` may be shown to a person."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Unreadable(OpenBadgesError):
    """No badge could be read from these bytes. `code` is stable, for translation and tests."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Unreachable(OpenBadgesError):
    """An address did not answer: network trouble, our own policy, or time ran out.

    `silent` says that the very site of `url` gave no answer. It is False for what we refused
    ourselves, and for trouble further on: that says nothing of the site for the next who asks.
    `reached` says that somebody was there and took the question: then it may be this one address
    that goes unanswered, and no other.
    """

    def __init__(
        self, message: str, url: str, *, silent: bool = True, reached: bool = False
    ) -> None:
        super().__init__(message)
        self.url, self.silent, self.reached = url, silent, reached


class Unsafe(OpenBadgesError):
    """A document is built so that a good signature would not protect what it says."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Unsupported(OpenBadgesError):
    """A document uses something sound that we do not know: a vocabulary, a proof, a key."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class BadKey(OpenBadgesError):
    """A public key is malformed, too weak, or of a kind that we do not use."""
