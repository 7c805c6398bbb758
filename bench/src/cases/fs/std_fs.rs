//! `std::fs`: blocking calls, one after the other.

use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use super::Work;
use super::files::{self, Source};
use super::pace::Pace;

pub fn cached_path() -> PathBuf {
    files::small_files().swap_remove(0)
}

pub fn run(work: Work, _: usize, pace: &Pace) {
    let small = files::small_files();
    let mut source = Source::new(work.len(), work == Work::UncachedRead);
    let mut buf = vec![0; work.len()];
    let mut next = 0;
    pace.begin();
    loop {
        match work {
            Work::Stat => {
                assert_eq!(fs::metadata(&small[0]).expect("it is there").len(), files::SMALL as u64);
            }
            Work::File => {
                next += 1;
                let mut file = File::open(&small[next % small.len()]).expect("it is there");
                file.read_exact(&mut buf).expect("it is as long");
            }
            Work::WholeFile => {
                next += 1;
                assert_eq!(fs::read(&small[next % small.len()]).expect("it is there").len(), files::SMALL);
            }
            Work::Read | Work::BigRead | Work::UncachedRead => {
                let offset = source.next();
                source.file().read_exact_at(&mut buf, offset).expect("it is as long");
            }
            Work::Directory => {
                let mut names: Vec<_> = fs::read_dir(files::many())
                    .expect("it is there")
                    .map(|entry| entry.expect("it can be read").file_name())
                    .collect();
                // The others do.
                names.sort_unstable();
                files::check_entries(names.len());
            }
        }
        if !pace.done() {
            return;
        }
    }
}
