use tempfile::NamedTempFile;

use super::*;

#[test]
fn of_a_long_file_the_end_is_read_from_the_beginning_of_a_line() {
    let file = NamedTempFile::new().unwrap();
    let line = [&[b'x'; 999][..], b"\n"].concat();
    fs::write(file.path(), line.repeat(5_000)).unwrap();
    let end = read(file.path()).unwrap();
    assert_eq!(end.len(), usize::try_from(READ_BYTES).unwrap() / 1_000 * 1_000);
    assert!(end.starts_with(b"xxx") && end.ends_with(b"\n"));
    let exact = [&b"old\n"[..], &line[..], &vec![b'y'; 4 * (1 << 20) - 1_000]].concat();
    fs::write(file.path(), exact).unwrap();
    assert!(read(file.path()).unwrap().starts_with(b"xxx"), "a line that begins at the cut is whole");
}

#[test]
fn what_did_not_fit_is_taken_back_unless_somebody_wrote_since() {
    let path = NamedTempFile::new().unwrap();
    fs::write(path.path(), "one\ntw").unwrap();
    let mut file = OpenOptions::new().append(true).open(path.path()).unwrap();
    take_back(&mut file, 4, 6).unwrap();
    assert_eq!(fs::read_to_string(path.path()).unwrap(), "one\n");
    fs::write(path.path(), "one\ntwthree\n").unwrap();
    take_back(&mut file, 4, 6).unwrap();
    assert_eq!(fs::read_to_string(path.path()).unwrap(), "one\ntwthree\n");
}
