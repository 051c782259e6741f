//! One row of CSV (RFC 4180), which ends with CRLF.

use super::loss::LeftOut;

/// The cells as a line; quoted only where they must be.
pub(super) fn row<'a>(cells: impl IntoIterator<Item = &'a str>) -> Result<Vec<u8>, LeftOut> {
    const WHY: LeftOut = LeftOut("the record cannot be written as CSV");
    let mut writer = ::csv::WriterBuilder::new().terminator(::csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(cells).map_err(|_| WHY)?;
    writer.into_inner().map_err(|_| WHY)
}

/// The heading of a file.
pub(super) fn heading(names: &[&str]) -> Vec<u8> {
    row(names.iter().copied()).unwrap_or_default()
}
