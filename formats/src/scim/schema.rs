//! The attributes of a user that are advertised (RFC 7643 3.1, 4.1): those that are kept, and the two without which some
//! clients, such as Canaille, take us for no server of users. Others are kept as sent, and not advertised.

/// One attribute, or a part of one.
pub(crate) struct Attribute {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) description: &'static str,
    pub(crate) multi_valued: bool,
    pub(crate) required: bool,
    pub(crate) case_exact: bool,
    pub(crate) unique: bool,
    pub(crate) access: Access,
}

/// What a client may do with an attribute (RFC 7643 2.2, 7).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Write it, and read what it wrote.
    ReadWrite,
    /// Read it; what it writes is passed over.
    ReadOnly,
    /// Write it; it is thrown away, and never shown.
    Never,
}

/// What an attribute holds.
pub(crate) enum Kind {
    Text,
    /// A text that is an address.
    Reference,
    Flag,
    Complex(&'static [Attribute]),
}

const fn text(name: &'static str, description: &'static str) -> Attribute {
    Attribute {
        name,
        kind: Kind::Text,
        description,
        multi_valued: false,
        required: false,
        case_exact: false,
        unique: false,
        access: Access::ReadWrite,
    }
}

const fn several(name: &'static str, description: &'static str, parts: &'static [Attribute]) -> Attribute {
    Attribute { kind: Kind::Complex(parts), multi_valued: true, ..text(name, description) }
}

const TYPE: Attribute = text("type", "What it is for, such as work or home.");
const DISPLAY: Attribute = text("display", "What people read of it.");
const PRIMARY: Attribute = Attribute {
    kind: Kind::Flag,
    ..text("primary", "Whether it stands before the others; one does at most.")
};

/// The attributes, in the order in which they are advertised.
pub(crate) const USER: &[Attribute] = &[
    Attribute {
        required: true,
        unique: true,
        ..text("userName", "The name to log in by; case does not count.")
    },
    Attribute {
        case_exact: true,
        unique: true,
        ..text("externalId", "The client's own name for the user; case counts.")
    },
    Attribute {
        kind: Kind::Complex(&[
            text("formatted", "The whole name, as people read it."),
            text("familyName", "The surname."),
            text("givenName", "The given name."),
            text("middleName", "The middle names."),
            text("honorificPrefix", "A title before the name."),
            text("honorificSuffix", "What stands behind the name."),
        ]),
        ..text("name", "The parts of the name.")
    },
    text("displayName", "The name that people read."),
    text("nickName", "What friends say."),
    Attribute {
        kind: Kind::Reference,
        case_exact: true,
        ..text("profileUrl", "The address of a page about the user.")
    },
    text("title", "The position, such as Vice President."),
    text("userType", "The relation to the organisation, such as Employee."),
    text("preferredLanguage", "The languages that the user reads, as in Accept-Language."),
    text("locale", "How dates and numbers are written, such as de-CH."),
    text("timezone", "The time zone's name, such as Europe/Zurich."),
    Attribute {
        kind: Kind::Flag,
        required: true,
        ..text("active", "Whether the account may be used. False shuts the user out.")
    },
    several(
        "emails",
        "E-mail addresses. The primary one counts, else the one for work, else the first.",
        &[text("value", "The address."), DISPLAY, TYPE, PRIMARY],
    ),
    several(
        "phoneNumbers",
        "Telephone numbers, kept as sent.",
        &[text("value", "The number."), DISPLAY, TYPE, PRIMARY],
    ),
    several(
        "photos",
        "Addresses of pictures.",
        &[
            Attribute {
                kind: Kind::Reference,
                case_exact: true,
                ..text("value", "The address of a picture.")
            },
            DISPLAY,
            TYPE,
            PRIMARY,
        ],
    ),
    several(
        "addresses",
        "Postal addresses, kept as sent.",
        &[
            text("formatted", "The whole address, as it is written on a letter."),
            text("streetAddress", "Street, number and what else is before the town."),
            text("locality", "The town."),
            text("region", "The state or region."),
            text("postalCode", "The postal code."),
            text("country", "The country, by its two letters."),
            TYPE,
            PRIMARY,
        ],
    ),
    Attribute {
        access: Access::ReadOnly,
        ..several("groups", "Groups are not served: there are none.", &[text("value", "The group."), DISPLAY])
    },
    Attribute {
        access: Access::Never,
        ..text("password", "What is sent is thrown away: no password is kept.")
    },
];

/// An attribute by its name, whatever the case, or a part of it.
pub(crate) fn find(name: &str, sub: Option<&str>) -> Option<&'static Attribute> {
    let named =
        |list: &'static [Attribute], name: &str| list.iter().find(|a| a.name.eq_ignore_ascii_case(name));
    let attribute = named(USER, name)?;
    match (sub, &attribute.kind) {
        (None, _) => Some(attribute),
        (Some(sub), Kind::Complex(parts)) => named(parts, sub),
        (Some(_), _) => None,
    }
}

/// Whether the case of its values counts (RFC 7643 3.1, 4.1). Of several addresses, that of their part `value`.
pub(crate) fn is_exact(name: &str, sub: Option<&str>) -> bool {
    let of_meta =
        |sub: &str| ["version", "location", "resourceType"].iter().any(|m| m.eq_ignore_ascii_case(sub));
    let is = |other: &str| name.eq_ignore_ascii_case(other);
    match (find(name, sub), sub) {
        (Some(Attribute { kind: Kind::Complex(_), .. }), None) => {
            find(name, Some("value")).is_some_and(|value| value.case_exact)
        }
        (Some(attribute), _) => attribute.case_exact,
        (None, Some(sub)) => is("meta") && of_meta(sub),
        (None, None) => is("id"),
    }
}
