//! What a spreadsheet takes for a formula.

/// What begins so is a formula to a spreadsheet; an apostrophe too, so that ours can be told from theirs.
pub(super) fn looks_like_formula(cell: &str) -> bool {
    cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '\'', '＝', '＋', '－', '＠'])
}
