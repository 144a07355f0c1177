"""The demo: a learner, the issuers of their badges, and what the learner made of them."""
