//! The folder of results: grown to the side, moved into place when complete.

use super::files::{self, ResultFile, SHARDS};
use super::lock::Lock;
use scenario::input;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// The results of one scenario while they are being made, in `DIR/.<scenario>.partial/`.
///
/// Dropped without [`ResultFolder::finish`], the partial folder stays for people to read.
#[derive(Debug)]
pub struct ResultFolder {
    partial: PathBuf,
    place: PathBuf,
    /// Held while we write, so that two processes cannot mix their rows; released last of all.
    lock: Lock,
}

/// Why results cannot be written.
#[derive(Debug)]
pub enum FolderError {
    /// The file system refused.
    Io {
        /// What we tried.
        doing: &'static str,
        /// Where.
        path: PathBuf,
        /// What it said.
        cause: io::Error,
    },
    /// There is something that we did not write.
    Foreign {
        /// Where.
        path: PathBuf,
        /// How we can tell.
        because: String,
    },
    /// Another process is writing there.
    Busy {
        /// Where.
        path: PathBuf,
    },
}

impl std::fmt::Display for FolderError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Io { doing, path, cause } => write!(f, "cannot {doing} {}: {cause}", path.display()),
            Self::Foreign { path, because } => write!(
                f,
                "{} is in the way: {because}; nothing was overwritten. \
                 Move it away or choose another folder with --out",
                path.display()
            ),
            Self::Busy { path } => {
                write!(
                    f,
                    "another rollout-lab is writing to {}; wait or choose another --out",
                    path.display()
                )
            }
        }
    }
}

impl std::error::Error for FolderError {}

fn io_error<'a>(doing: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> FolderError + use<'a> {
    move |cause| FolderError::Io { doing, path: path.to_owned(), cause }
}

impl ResultFolder {
    /// Whether results of `scenario` could be put into `out`, without changing anything but creating `out`.
    ///
    /// # Errors
    /// Something of others is there, or the file system refuses.
    pub fn check(out: &Path, scenario: &str) -> Result<(), FolderError> {
        let Err(refused) = Self::inspect(out, scenario) else { return Ok(()) };
        // While another process moves its results into place, nothing there is what it seems. That it is busy
        // is said when we begin.
        match Lock::take(lock_path(out, scenario)) {
            Ok(None) => Ok(()),
            _ => Err(refused),
        }
    }

    fn inspect(out: &Path, scenario: &str) -> Result<(), FolderError> {
        fs::create_dir_all(out).map_err(io_error("create the folder", out))?;
        // Only trying tells: permission bits know nothing of read-only mounts. The name is of this process, so
        // that another one can try at the same time; what one that died has left is in the way of none.
        let probe = out.join(format!(".{scenario}.{}.probe", std::process::id()));
        match fs::create_dir(&probe) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(io_error("write to the folder", out)(error));
            }
            _ => fs::remove_dir(&probe).map_err(io_error("write to the folder", out))?,
        }
        refuse_foreign(&out.join(scenario))?;
        refuse_foreign(&partial_path(out, scenario))
    }

    /// Begins an empty partial folder; one that an interrupted batch left is replaced.
    ///
    /// # Errors
    /// As [`ResultFolder::check`]; also if another process is writing there.
    pub fn begin(out: &Path, scenario: &str) -> Result<Self, FolderError> {
        let folder = Self::locked(out, scenario)?;
        // Nobody else writes here: what is there was left by a process that died or was interrupted.
        remove(&folder.partial)?;
        fs::create_dir(&folder.partial).map_err(io_error("create the folder", &folder.partial))?;
        Ok(folder)
    }

    /// The lock first: all that follows looks at a folder in which nobody else moves anything.
    fn locked(out: &Path, scenario: &str) -> Result<Self, FolderError> {
        fs::create_dir_all(out).map_err(io_error("create the folder", out))?;
        let (place, partial) = Self::paths(out, scenario);
        let lock = Lock::take(lock_path(out, scenario)).map_err(io_error("write to the folder", out))?;
        let lock = lock.ok_or_else(|| FolderError::Busy { path: partial.clone() })?;
        Self::inspect(out, scenario)?;
        restore_after_crash(&place, &replaced_path(out, scenario))?;
        Ok(Self { partial, place, lock })
    }

    /// Goes on with the partial folder that an interrupted batch left; everything in it but `keep` goes.
    ///
    /// # Errors
    /// As [`ResultFolder::begin`].
    pub fn resume(out: &Path, scenario: &str, keep: &[ResultFile]) -> Result<Self, FolderError> {
        let folder = Self::locked(out, scenario)?;
        for name in names_in(&folder.partial)? {
            if keep.iter().all(|file| file.name() != name) {
                remove(&folder.partial.join(name))?;
            }
        }
        Ok(folder)
    }

    /// Where results of `scenario` lie in the end, and where while they are being made.
    pub fn paths(out: &Path, scenario: &str) -> (PathBuf, PathBuf) {
        (out.join(scenario), partial_path(out, scenario))
    }

    /// The folder that is being filled.
    pub fn partial(&self) -> &Path {
        &self.partial
    }

    /// The folder in which the results will lie.
    pub fn place(&self) -> &Path {
        &self.place
    }

    /// Creates a file in the partial folder.
    ///
    /// # Errors
    /// The file system refuses.
    pub fn create(&self, name: impl AsRef<Path>) -> Result<File, FolderError> {
        let path = self.path_of(name)?;
        File::create(&path).map_err(io_error("create", &path))
    }

    /// Writes a file of the partial folder at once.
    ///
    /// # Errors
    /// The file system refuses.
    pub fn write(&self, name: impl AsRef<Path>, content: &[u8]) -> Result<(), FolderError> {
        let path = self.path_of(name)?;
        fs::write(&path, content).map_err(io_error("write", &path))
    }

    /// Cuts a file of the partial folder to this length and opens it to be continued.
    ///
    /// # Errors
    /// The file system refuses.
    pub fn cut(&self, name: impl AsRef<Path>, length: u64) -> Result<File, FolderError> {
        let path = self.partial.join(name);
        let file = OpenOptions::new().append(true).open(&path).map_err(io_error("open", &path))?;
        file.set_len(length).map_err(io_error("cut", &path))?;
        Ok(file)
    }

    /// Removes a file of the partial folder, if it is there.
    ///
    /// # Errors
    /// The file system refuses.
    pub fn remove(&self, name: impl AsRef<Path>) -> Result<(), FolderError> {
        remove(&self.partial.join(name))
    }

    /// Where a file of that name lies in the partial folder; the folders above it exist.
    ///
    /// # Errors
    /// The file system refuses.
    pub fn path_of(&self, name: impl AsRef<Path>) -> Result<PathBuf, FolderError> {
        let path = self.partial.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(io_error("create the folder", parent))?;
        }
        Ok(path)
    }

    /// Removes the partial folder: of what was begun nothing is left.
    ///
    /// # Errors
    /// The file system refuses, or something of others has come to lie in it; then it stays.
    pub fn abandon(self) -> Result<(), FolderError> {
        refuse_foreign(&self.partial)?;
        remove(&self.partial)
    }

    /// Moves the folder into place. An older result of ours gives way only now; shards in it stay.
    ///
    /// # Errors
    /// The file system refuses, or something of others has come to lie in our place.
    pub fn finish(self) -> Result<PathBuf, FolderError> {
        refuse_foreign(&self.place)?;
        let file_name = self.place.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let replaced = replaced_path(self.place.parent().unwrap_or(Path::new(".")), &file_name);
        if self.place.exists() {
            fs::rename(&self.place, &replaced).map_err(io_error("move away", &self.place))?;
        }
        fs::rename(&self.partial, &self.place).map_err(io_error("move into place", &self.partial))?;
        discard(&replaced, &self.place)?;
        let Self { place, lock, .. } = self;
        drop(lock);
        Ok(place)
    }
}

/// The lock of earlier versions, which lay in the partial folder.
const LOCK: &str = ".lock";

fn partial_path(out: &Path, scenario: &str) -> PathBuf {
    out.join(format!(".{scenario}.partial"))
}

fn lock_path(out: &Path, scenario: &str) -> PathBuf {
    out.join(format!(".{scenario}.lock"))
}

fn replaced_path(out: &Path, scenario: &str) -> PathBuf {
    out.join(format!(".{scenario}.replaced"))
}

/// Removes an old result, if there is one, but for the shards in it: they move to the new one. Those that
/// another process has put there in the meantime stay.
fn discard(replaced: &Path, place: &Path) -> Result<(), FolderError> {
    let (old, new) = (replaced.join(SHARDS), place.join(SHARDS));
    if old.exists() {
        fs::create_dir_all(&new).map_err(io_error("create the folder", &new))?;
        for name in names_in(&old)? {
            let (from, to) = (old.join(&name), new.join(&name));
            if !to.exists() {
                fs::rename(&from, &to).map_err(io_error("keep", &from))?;
            }
        }
    }
    remove(replaced)
}

/// Removes a file or a folder, if it is there.
fn remove(path: &Path) -> Result<(), FolderError> {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(io_error("remove the old", path)(error)),
        _ => Ok(()),
    }
}

/// If we died between moving the old result away and the new one into place, the old one comes back.
fn restore_after_crash(place: &Path, replaced: &Path) -> Result<(), FolderError> {
    if !replaced.exists() {
        return Ok(());
    }
    refuse_foreign(replaced)?;
    if place.exists() {
        return discard(replaced, place);
    }
    fs::rename(replaced, place).map_err(io_error("restore", place))
}

/// Accepts what does not exist, an empty folder or one of shards only, and a folder that holds nothing but
/// our own files.
fn refuse_foreign(path: &Path) -> Result<(), FolderError> {
    let foreign = |because: String| Err(FolderError::Foreign { path: path.to_owned(), because });
    let kind = match fs::symlink_metadata(path) {
        Err(missing) if missing.kind() == io::ErrorKind::NotFound => return Ok(()),
        found => found.map_err(io_error("look at", path))?,
    };
    if !kind.is_dir() {
        return foreign("it is not a folder".into());
    }
    let names = names_in(path)?;
    match names.iter().find(|name| *name != LOCK && !files::is_known(name)) {
        Some(name) => foreign(format!("it holds `{name}`, which rollout-lab did not write")),
        None if names.iter().all(|name| name == LOCK || name == SHARDS) || says_it_is_ours(path) => Ok(()),
        None => foreign(format!("no {} in it says that rollout-lab wrote it", ResultFile::Provenance)),
    }
}

/// The names in a folder, sorted.
fn names_in(folder: &Path) -> Result<Vec<String>, FolderError> {
    let entries = fs::read_dir(folder).map_err(io_error("read the folder", folder))?;
    let name = |entry: io::Result<fs::DirEntry>| Ok(entry?.file_name().to_string_lossy().into_owned());
    let mut names =
        entries.map(name).collect::<io::Result<Vec<_>>>().map_err(io_error("read the folder", folder))?;
    names.sort_unstable();
    Ok(names)
}

fn says_it_is_ours(folder: &Path) -> bool {
    let said = input::json::<serde_json::Value>(&folder.join(ResultFile::Provenance));
    said.is_ok_and(|said| said["tool"] == crate::tables::provenance::TOOL)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::provenance::TOOL;

    fn ours(folder: &ResultFolder) {
        folder.write(ResultFile::Provenance, format!("{{\"tool\":\"{TOOL}\"}}").as_bytes()).unwrap();
    }

    fn foreign_reason(result: Result<impl Sized, FolderError>) -> String {
        match result.err() {
            Some(FolderError::Foreign { because, .. }) => because,
            other => panic!("not refused as foreign: {other:?}"),
        }
    }

    #[test]
    fn a_result_grows_aside_and_moves_into_place() {
        let out = tempfile::tempdir().unwrap();
        let folder = ResultFolder::begin(&out.path().join("deep/results"), "calm").unwrap();
        ours(&folder);
        folder.write("charts/a.svg", b"<svg/>").unwrap();
        assert!(!folder.place().exists());
        let place = folder.finish().unwrap();
        assert_eq!(names_in(&place).unwrap(), ["charts", "provenance.json"]);
        assert_eq!(names_in(place.parent().unwrap()).unwrap(), ["calm"]);
    }

    #[test]
    fn an_older_result_of_ours_is_replaced_only_at_the_end() {
        let out = tempfile::tempdir().unwrap();
        let first = ResultFolder::begin(out.path(), "calm").unwrap();
        ours(&first);
        first.write("runs.csv", b"old").unwrap();
        let place = first.finish().unwrap();
        let second = ResultFolder::begin(out.path(), "calm").unwrap();
        ours(&second);
        second.write("runs.csv", b"new").unwrap();
        assert_eq!(fs::read(place.join("runs.csv")).unwrap(), b"old");
        second.finish().unwrap();
        assert_eq!(fs::read(place.join("runs.csv")).unwrap(), b"new");
    }

    #[test]
    fn an_interrupted_batch_leaves_a_readable_folder_that_the_next_one_replaces() {
        let out = tempfile::tempdir().unwrap();
        let folder = ResultFolder::begin(out.path(), "calm").unwrap();
        ours(&folder);
        folder.write("runs.csv", b"run\n0\n").unwrap();
        let partial = folder.partial().to_owned();
        drop(folder);
        assert_eq!(fs::read(partial.join("runs.csv")).unwrap(), b"run\n0\n");
        let again = ResultFolder::begin(out.path(), "calm").unwrap();
        assert!(!again.partial().join("runs.csv").exists());
    }

    #[test]
    fn what_is_abandoned_is_gone_unless_others_have_put_something_there() {
        let out = tempfile::tempdir().unwrap();
        let begin = || {
            let folder = ResultFolder::begin(out.path(), "calm").unwrap();
            ours(&folder);
            folder
        };
        let folder = begin();
        folder.write("charts/a.svg", b"<svg/>").unwrap();
        folder.abandon().unwrap();
        assert_eq!(names_in(out.path()).unwrap(), [""; 0]);
        let folder = begin();
        fs::write(folder.partial().join("notes.txt"), "mine").unwrap();
        assert!(foreign_reason(folder.abandon()).contains("notes.txt"));
        assert_eq!(fs::read(out.path().join(".calm.partial/notes.txt")).unwrap(), b"mine");
    }

    #[test]
    fn a_new_result_keeps_the_shards_that_lie_in_its_place() {
        let out = tempfile::tempdir().unwrap();
        let shards = out.path().join("calm/shards");
        let shard = ResultFolder::begin(&shards, "1-of-2").unwrap();
        ours(&shard);
        shard.finish().unwrap();
        for _ in 0..2 {
            let whole = ResultFolder::begin(out.path(), "calm").unwrap();
            ours(&whole);
            whole.finish().unwrap();
            assert!(shards.join("1-of-2").join(ResultFile::Provenance).exists());
        }
        assert_eq!(names_in(out.path()).unwrap(), ["calm"]);
    }

    #[test]
    fn what_an_interrupted_batch_left_can_be_continued() {
        let out = tempfile::tempdir().unwrap();
        let folder = ResultFolder::begin(out.path(), "calm").unwrap();
        ours(&folder);
        folder.write("runs.csv", b"run\n0\n1,to").unwrap();
        folder.write("charts/a.png", b"").unwrap();
        assert!(matches!(
            ResultFolder::resume(out.path(), "calm", &[ResultFile::Provenance, ResultFile::Runs]),
            Err(FolderError::Busy { .. })
        ));
        drop(folder);
        let again =
            ResultFolder::resume(out.path(), "calm", &[ResultFile::Provenance, ResultFile::Runs]).unwrap();
        io::Write::write_all(&mut again.cut("runs.csv", 6).unwrap(), b"1\n").unwrap();
        assert_eq!(names_in(again.partial()).unwrap(), ["provenance.json", "runs.csv"]);
        assert_eq!(fs::read(again.partial().join("runs.csv")).unwrap(), b"run\n0\n1\n");
    }

    #[test]
    fn folders_of_others_are_refused_and_left_alone() {
        let out = tempfile::tempdir().unwrap();
        let theirs = out.path().join("calm");
        fs::create_dir(&theirs).unwrap();
        fs::write(theirs.join("thesis.txt"), b"dear").unwrap();
        let reason = foreign_reason(ResultFolder::begin(out.path(), "calm"));
        assert_eq!(reason, "it holds `thesis.txt`, which rollout-lab did not write");
        assert_eq!(fs::read(theirs.join("thesis.txt")).unwrap(), b"dear");
        assert_eq!(names_in(out.path()).unwrap(), ["calm"]);
    }

    #[test]
    fn a_folder_without_our_word_is_refused() {
        let out = tempfile::tempdir().unwrap();
        fs::create_dir(out.path().join("calm")).unwrap();
        fs::write(out.path().join("calm/runs.csv"), b"theirs").unwrap();
        let reason = foreign_reason(ResultFolder::begin(out.path(), "calm"));
        assert_eq!(reason, "no provenance.json in it says that rollout-lab wrote it");
    }

    #[test]
    fn a_file_in_place_of_the_folder_is_refused() {
        let out = tempfile::tempdir().unwrap();
        fs::write(out.path().join("calm"), b"").unwrap();
        assert_eq!(foreign_reason(ResultFolder::begin(out.path(), "calm")), "it is not a folder");
    }

    #[test]
    fn an_empty_folder_is_nobodys() {
        let out = tempfile::tempdir().unwrap();
        fs::create_dir(out.path().join("calm")).unwrap();
        assert!(ResultFolder::begin(out.path(), "calm").is_ok());
    }

    #[test]
    fn two_writers_do_not_mix() {
        let out = tempfile::tempdir().unwrap();
        let first = ResultFolder::begin(out.path(), "calm").unwrap();
        assert!(matches!(ResultFolder::begin(out.path(), "calm"), Err(FolderError::Busy { .. })));
        drop(first);
    }

    #[test]
    fn the_lock_is_held_until_everything_is_in_place() {
        let out = tempfile::tempdir().unwrap();
        let first = ResultFolder::begin(out.path(), "calm").unwrap();
        ours(&first);
        assert_eq!(names_in(out.path()).unwrap(), [".calm.lock", ".calm.partial"]);
        assert!(matches!(ResultFolder::resume(out.path(), "calm", &[]), Err(FolderError::Busy { .. })));
        assert!(first.partial().join(ResultFile::Provenance).exists(), "a refusal removes nothing");
        first.finish().unwrap();
        assert_eq!(names_in(out.path()).unwrap(), ["calm"]);
    }

    /// Whatever a process that was killed has left.
    #[test]
    fn what_a_dead_process_left_is_in_no_way() {
        for left in [&[".calm.lock"][..], &[".calm.partial/.lock"], &[".calm.lock", ".calm.partial/runs.csv"]]
        {
            let out = tempfile::tempdir().unwrap();
            fs::create_dir(out.path().join(".calm.partial")).unwrap();
            fs::create_dir(out.path().join(format!(".calm.{}.probe", std::process::id()))).unwrap();
            fs::write(
                out.path().join(".calm.partial").join(ResultFile::Provenance),
                format!("{{\"tool\":\"{TOOL}\"}}"),
            )
            .unwrap();
            left.iter().for_each(|name| fs::write(out.path().join(name), b"").unwrap());
            let folder = ResultFolder::begin(out.path(), "calm").unwrap();
            ours(&folder);
            folder.finish().unwrap();
            assert_eq!(names_in(out.path()).unwrap(), ["calm"], "{left:?}");
        }
    }

    #[test]
    fn many_writers_at_once_never_wedge_the_folder() {
        let out = tempfile::tempdir().unwrap();
        let write = |_| match ResultFolder::begin(out.path(), "calm") {
            Ok(folder) => {
                ours(&folder);
                folder.write("runs.csv", b"run\n").unwrap();
                folder.finish().unwrap();
                1
            }
            Err(FolderError::Busy { .. }) => 0,
            Err(error) => panic!("{error}"),
        };
        let done: u32 = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| (0..60).map(write).sum::<u32>())).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert!(done > 0);
        assert_eq!(names_in(out.path()).unwrap(), ["calm"]);
    }

    #[test]
    fn an_output_folder_that_cannot_be_is_an_error() {
        let out = tempfile::tempdir().unwrap();
        fs::write(out.path().join("file"), b"").unwrap();
        let error = ResultFolder::begin(&out.path().join("file"), "calm").unwrap_err();
        assert!(error.to_string().starts_with("cannot create the folder"), "{error}");
    }

    #[test]
    fn a_crash_between_the_two_moves_loses_nothing() {
        let out = tempfile::tempdir().unwrap();
        let folder = ResultFolder::begin(out.path(), "calm").unwrap();
        ours(&folder);
        let place = folder.finish().unwrap();
        fs::rename(&place, out.path().join(".calm.replaced")).unwrap();
        let _next = ResultFolder::begin(out.path(), "calm").unwrap();
        assert!(place.join(ResultFile::Provenance).exists());
    }
}
