//! What a store does when its database does not do its part.
