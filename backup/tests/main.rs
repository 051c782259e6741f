//! The file, judged by age, minisign and zstd of the system, and by whoever spoils it.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use backup::{
    BackupError, Header, Identities, Reader, Recipients, SCHEMA, SigningKey, VerifyingKey, Writer,
    signature_of,
};
use identity::{Act, Actor, LogLine, Record, Timestamp, User, UserId};
use proptest::prelude::*;
use tempfile::TempDir;

/// A folder with keys as the system's tools make them.
struct Keys {
    folder: TempDir,
    recipient: String,
}

impl Keys {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let made = Command::new("age-keygen").arg("-o").arg(folder.path().join("key")).output().unwrap();
        let said = String::from_utf8(made.stderr).unwrap();
        let recipient = said.split_whitespace().last().unwrap().to_owned();
        let keys = Self { folder, recipient };
        keys.minisign("sign");
        keys
    }

    fn minisign(&self, name: &str) {
        let (public, secret) = (self.path(&format!("{name}.pub")), self.path(&format!("{name}.key")));
        tool("minisign", &["-G", "-W", "-p", &text(&public), "-s", &text(&secret)], b"");
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// Who opens what was written to the recipient.
    fn identities(&self) -> Option<Identities> {
        Some(Identities::parse(&self.read("key")).unwrap())
    }

    fn signing(&self) -> SigningKey {
        SigningKey::parse(&self.read("sign.key")).unwrap()
    }

    fn verifying(&self) -> VerifyingKey {
        VerifyingKey::parse(&self.read("sign.pub")).unwrap()
    }

    /// Writes a backup of these, encrypted and signed.
    fn write(&self, name: &str, records: &[Record]) -> PathBuf {
        let file = self.path(name);
        let recipients = Some(Recipients::parse(&self.recipient).unwrap());
        let mut writer = Writer::create(&file, recipients.as_ref(), &header()).unwrap();
        records.iter().for_each(|record| writer.record(record).unwrap());
        let written = writer.finish(Some(&self.signing())).unwrap();
        assert_eq!(written.bytes, fs::metadata(&file).unwrap().len());
        file
    }
}

fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

/// What a tool of the system makes of its input.
fn tool(name: &str, arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut command = Command::new(name);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{name}: {error}"));
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let fed = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    fed.join().unwrap();
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn at() -> Timestamp {
    "2026-11-30T10:15:00.123456Z".parse().unwrap()
}

fn header() -> Header {
    Header {
        schema: SCHEMA.to_owned(),
        made_at: at(),
        program: "0.1.0".to_owned(),
        database: "sqlite".to_owned(),
        is_of_one_moment: true,
    }
}

fn id(n: u8) -> UserId {
    UserId::parse(&format!("0198f3a1-0000-7000-8000-0000000000{n:02x}")).unwrap()
}

fn line(reason: &str) -> Record {
    Record::Log(LogLine {
        id: id(9).0,
        at: at(),
        actor: Actor::Cli("grace".to_owned()),
        act: Act::Disable,
        user: Some(id(1)),
        reason: Some(reason.to_owned()),
        detail: None,
        request: None,
    })
}

fn some() -> Vec<Record> {
    let user = |n| Record::User(Box::new(User::new(id(n), at())));
    vec![user(1), user(2), line("höchst „odd“ 🦊 \u{0}\u{7f}\n")]
}

fn all(file: &Path, identities: Option<&Identities>) -> Result<Vec<Record>, BackupError> {
    let mut reader = Reader::open(file, identities)?;
    let mut records = Vec::new();
    while let Some(record) = reader.next()? {
        records.push(record);
    }
    Ok(records)
}

/// Lines as a backup has them, packed by us alone.
fn plain(folder: &Path, records: &[Record]) -> PathBuf {
    let file = folder.join("plain");
    let mut writer = Writer::create(&file, None, &header()).unwrap();
    records.iter().for_each(|record| writer.record(record).unwrap());
    writer.finish(None).unwrap();
    file
}

#[test]
fn what_we_write_the_systems_tools_open_and_vouch_for() {
    let keys = Keys::new();
    let file = keys.write("one.age", &some());
    tool("minisign", &["-V", "-q", "-p", &text(&keys.path("sign.pub")), "-m", &text(&file)], b"");
    let packed = tool("age", &["-d", "-i", &text(&keys.path("key")), &text(&file)], b"");
    let lines = String::from_utf8(tool("zstd", &["-d", "-c"], &packed)).unwrap();
    let (before, last) = lines.trim_end().rsplit_once('\n').unwrap();
    let trailer: serde_json::Value = serde_json::from_str(last).unwrap();
    let sum = tool("sha256sum", &[], format!("{before}\n").as_bytes());
    let sum = String::from_utf8(sum).unwrap();
    assert_eq!(trailer["trailer"]["sha256"], sum.split(' ').next().unwrap());
    assert_eq!(trailer["trailer"]["counts"], serde_json::json!({ "user": 2, "log": 1 }));
    assert!(before.starts_with(r#"{"schema":"sparekey.backup/1","made_at":"2026-11-30T10:15:00.123456Z""#));
    assert_eq!(before.lines().count(), 4);
    assert_eq!(all(&file, keys.identities().as_ref()).unwrap(), some());
    keys.verifying().verify(&file).unwrap();
}

#[test]
fn what_the_systems_tools_write_we_open_and_verify() {
    let keys = Keys::new();
    let lines = tool("zstd", &["-d", "-c", &text(&plain(keys.folder.path(), &some()))], b"");
    for level in ["-1", "-19"] {
        let packed = tool("zstd", &[level, "-c"], &lines);
        let file = keys.path(&format!("theirs{level}"));
        fs::write(&file, tool("age", &["-r", &keys.recipient], &packed)).unwrap();
        assert_eq!(all(&file, keys.identities().as_ref()).unwrap(), some());
        tool("minisign", &["-S", "-s", &text(&keys.path("sign.key")), "-m", &text(&file)], b"");
        keys.verifying().verify(&file).unwrap();
        // As its second recipient too.
        fs::write(&file, tool("age", &["-r", AGES_OWN_EXAMPLE, "-r", &keys.recipient], &packed)).unwrap();
        assert_eq!(all(&file, keys.identities().as_ref()).unwrap(), some());
    }
}

/// A key that nobody here has the secret half of.
const AGES_OWN_EXAMPLE: &str = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";

#[test]
fn keys_are_read_in_each_of_their_forms_and_nothing_else_is_one() {
    let keys = Keys::new();
    let (secret, public) = (keys.read("sign.key"), keys.read("sign.pub"));
    for text in [secret.clone(), secret.lines().nth(1).unwrap().to_owned(), secret.replace('\n', "\r\n")] {
        assert!(SigningKey::parse(&text).is_ok());
    }
    for text in [public.clone(), public.lines().nth(1).unwrap().to_owned()] {
        assert!(VerifyingKey::parse(&text).is_ok());
    }
    for bad in ["", "# a comment", &keys.recipient, "AGE-SECRET-KEY-1", &public] {
        assert!(Identities::parse(bad).is_err() && SigningKey::parse(bad).is_err(), "{bad}");
    }
    assert!(VerifyingKey::parse(&secret).is_err() && VerifyingKey::parse("").is_err());
    for bad in ["", ",", "age1", "age1ql3z7", &keys.read("key"), "ssh-ed25519 AAAA"] {
        assert!(Recipients::parse(bad).is_err(), "{bad}");
    }
    assert!(!format!("{:?}{:?}", keys.signing(), keys.identities()).contains("SECRET"));
}

#[test]
fn several_recipients_may_open_it() {
    let both = format!("{}, {AGES_OWN_EXAMPLE}", Keys::new().recipient);
    assert!(Recipients::parse(&both).is_ok());
}

#[test]
fn a_file_cut_or_flipped_anywhere_is_refused() {
    let keys = Keys::new();
    let (file, identities) = (keys.write("one.age", &some()), keys.identities());
    let whole = fs::read(&file).unwrap();
    for length in 0..whole.len() {
        fs::write(&file, &whole[..length]).unwrap();
        assert!(all(&file, identities.as_ref()).is_err(), "cut to {length}");
    }
    for at in 0..whole.len() {
        let mut other = whole.clone();
        other[at] ^= 1;
        fs::write(&file, &other).unwrap();
        assert!(
            matches!(keys.verifying().verify(&file), Err(BackupError::WrongSignature)),
            "flipped at {at}"
        );
        let read = all(&file, identities.as_ref());
        // The header of age may say the same in other letters; what is in the file it vouches for.
        assert!(read.as_ref().is_err() || read.unwrap() == some(), "flipped at {at}");
    }
    for more in [&b"x"[..], b"\n", &whole] {
        fs::write(&file, [&whole, more].concat()).unwrap();
        assert!(all(&file, identities.as_ref()).is_err());
    }
    fs::write(&file, &whole).unwrap();
    assert_eq!(all(&file, identities.as_ref()).unwrap(), some());
}

#[test]
fn a_plain_file_cut_or_flipped_anywhere_gives_nothing_that_was_not_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = plain(folder.path(), &some());
    let whole = fs::read(&file).unwrap();
    for length in 0..whole.len() {
        fs::write(&file, &whole[..length]).unwrap();
        assert!(all(&file, None).is_err(), "cut to {length}");
    }
    for at in 0..whole.len() {
        let mut other = whole.clone();
        other[at] ^= 1 << (at % 8);
        fs::write(&file, &other).unwrap();
        let read = all(&file, None);
        assert!(read.is_err() || read.unwrap() == some(), "flipped at {at}");
    }
    for more in [&b"x"[..], b"\n", &whole] {
        fs::write(&file, [&whole, more].concat()).unwrap();
        assert!(matches!(all(&file, None), Err(BackupError::MoreAfterTheEnd)));
    }
}

#[test]
fn who_did_not_sign_it_or_cannot_open_it_is_told_so() {
    let (keys, others) = (Keys::new(), Keys::new());
    let file = keys.write("one.age", &some());
    assert!(matches!(others.verifying().verify(&file), Err(BackupError::SignedByAnother)));
    assert!(matches!(all(&file, others.identities().as_ref()), Err(BackupError::WrongIdentity)));
    assert!(matches!(all(&file, None), Err(BackupError::NoIdentity)));
    // The signature of another file of ours, and what is none.
    let other = keys.write("two.age", &some());
    fs::copy(signature_of(&other), signature_of(&file)).unwrap();
    assert!(matches!(keys.verifying().verify(&file), Err(BackupError::WrongSignature)));
    fs::write(signature_of(&file), "untrusted comment: x\nRUQ=\n").unwrap();
    assert!(matches!(keys.verifying().verify(&file), Err(BackupError::NoSignature(_))));
    fs::remove_file(signature_of(&file)).unwrap();
    assert!(matches!(keys.verifying().verify(&file), Err(BackupError::NotSigned(_))));
}

/// The lines of a file that is not encrypted.
fn lines_of(file: &Path) -> Vec<u8> {
    tool("zstd", &["-d", "-c", &text(file)], b"")
}

/// Lines as somebody unpacked them.
fn unpacked(folder: &Path, lines: &[u8]) -> PathBuf {
    let file = folder.join("unpacked");
    fs::write(&file, lines).unwrap();
    file
}

#[test]
fn lines_that_we_would_not_write_are_refused_whatever_their_trailer_says() {
    let folder = tempfile::tempdir().unwrap();
    let lines = String::from_utf8(lines_of(&plain(folder.path(), &some()))).unwrap();
    let read = |lines: &str| all(&unpacked(folder.path(), lines.as_bytes()), None);
    assert_eq!(read(&lines).unwrap(), some());
    let (before, last) = lines.trim_end().rsplit_once('\n').unwrap();
    let without_trailer = format!("{before}\n");
    assert!(matches!(read(&without_trailer), Err(BackupError::CutShort)));
    assert!(matches!(read(before), Err(BackupError::CutShort)));
    assert!(matches!(read(""), Err(BackupError::CutShort)));
    let fewer: Vec<&str> =
        lines.lines().enumerate().filter(|(at, _)| *at != 2).map(|(_, line)| line).collect();
    assert!(matches!(read(&(fewer.join("\n") + "\n")), Err(BackupError::NotAsCounted)));
    assert!(matches!(read(&format!("{lines}{last}\n")), Err(BackupError::MoreAfterTheEnd)));
    assert!(matches!(read(&lines.replace("\"user\":{", "\"user\":{\"x\":1,")), Err(BackupError::NotOurs(2))));
    assert!(matches!(read(&lines.replace("{\"user\"", "{ \"user\"")), Err(BackupError::NotOurs(2))));
    assert!(matches!(read(&lines.replace("\"user\"", "\"robot\"")), Err(BackupError::NotOurs(2))));
    assert!(matches!(read(&lines.replace("backup/1", "backup/2")), Err(BackupError::Newer(_))));
    assert!(matches!(read(&lines.replace("sparekey.backup", "sparekey.user")), Err(BackupError::NotABackup)));
    for other in [&b"PK\x03\x04 a zip"[..], b"{}", b"{}\n", b"{\"schema\":\"x\"}\n"] {
        assert!(all(&unpacked(folder.path(), other), None).is_err());
    }
    assert!(matches!(all(&folder.path().join("none"), None), Err(BackupError::Unreadable { .. })));
}

#[test]
fn what_unpacks_to_much_more_than_it_is_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let header = serde_json::to_string(&header()).unwrap();
    let bomb = [header.as_bytes(), b"\n", &vec![b' '; 15 << 20]].concat();
    let bomb = tool("zstd", &["-19", "-c"], &bomb);
    assert!(matches!(all(&unpacked(folder.path(), &bomb), None), Err(BackupError::TooMuch)));
}

#[test]
fn a_line_without_an_end_is_neither_read_nor_written() {
    let folder = tempfile::tempdir().unwrap();
    let header = serde_json::to_string(&header()).unwrap();
    let long = [header.as_bytes(), b"\n", &vec![b'a'; 17 << 20]].concat();
    assert!(matches!(all(&unpacked(folder.path(), &long), None), Err(BackupError::LineTooLong(2))));
    let mut writer = Writer::create(&folder.path().join("long"), None, &self::header()).unwrap();
    assert!(matches!(writer.record(&line(&"x".repeat(17 << 20))), Err(BackupError::LineTooLong(2))));
}

#[test]
fn a_file_is_there_whole_or_not_at_all_for_its_owner_alone_and_never_in_the_place_of_another() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("one");
    let mut writer = Writer::create(&file, None, &header()).unwrap();
    writer.record(&some()[0]).unwrap();
    assert!(!file.exists());
    drop(writer);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    let writer = Writer::create(&file, None, &header()).unwrap();
    writer.finish(None).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert!(matches!(Writer::create(&file, None, &header()), Err(BackupError::IsThere(_))));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_is_written_is_read_back(reasons in proptest::collection::vec(any::<String>(), 0..20)) {
        let folder = tempfile::tempdir().unwrap();
        let records: Vec<Record> = reasons.iter().map(|reason| line(reason)).collect();
        let file = plain(folder.path(), &records);
        prop_assert_eq!(all(&file, None).unwrap(), records);
    }

    #[test]
    fn whatever_is_found_is_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200), begin in 0..3) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("any");
        let begins: &[u8] = [&b"age-encryption.org/v1\n"[..], &[0x28, 0xb5, 0x2f, 0xfd], b""][begin as usize];
        fs::write(&file, [begins, &bytes].concat()).unwrap();
        prop_assert!(all(&file, None).is_err());
    }
}
