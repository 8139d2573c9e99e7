//! The folder of results: written in a partial folder, moved into place when complete.

use super::files::{self, ResultFile, SHARDS};
use super::lock::Lock;
use scenario::input;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// The results of one scenario while they are written, in `DIR/.<scenario>.partial/`.
///
/// If it is dropped without [`ResultFolder::finish`], the partial folder stays.
#[derive(Debug)]
pub struct ResultFolder {
    partial: PathBuf,
    place: PathBuf,
    /// Held while this process writes, so that two processes cannot mix their rows; released last.
    lock: Lock,
}

/// Results cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The file system refuses.
    #[error("cannot {doing} {}: {cause}", path.display())]
    Io {
        /// The operation, as a verb with its object.
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The error of the operating system.
        cause: io::Error,
    },
    /// A file or folder that rollout-lab did not write.
    #[error(
        "{} is in the way: {because}; nothing was overwritten. Move it away or choose another folder with --out",
        path.display()
    )]
    Foreign {
        /// The file or folder.
        path: PathBuf,
        /// Why it is not a result of rollout-lab.
        because: String,
    },
    /// Another process is writing there.
    #[error("another rollout-lab is writing to {}; wait or choose another --out", path.display())]
    Busy {
        /// The partial folder.
        path: PathBuf,
    },
}

fn io_error<'a>(doing: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> FolderError + use<'a> {
    move |cause| FolderError::Io { doing, path: path.to_owned(), cause }
}

impl ResultFolder {
    /// Checks that results of `scenario` can be written to `out`; creates `out` and changes nothing else.
    ///
    /// # Errors
    /// Files in the way that rollout-lab did not write, or the file system refuses.
    pub fn check(out: &Path, scenario: &str) -> Result<(), FolderError> {
        let Err(refused) = Self::inspect(out, scenario) else { return Ok(()) };
        // While another process moves its results into place, the folder is in an intermediate state. `begin`
        // reports that it is busy.
        match Lock::take(lock_path(out, scenario)) {
            Ok(None) => Ok(()),
            _ => Err(refused),
        }
    }

    fn inspect(out: &Path, scenario: &str) -> Result<(), FolderError> {
        fs::create_dir_all(out).map_err(io_error("create the folder", out))?;
        // Only an attempt is reliable: permission bits do not tell about read-only mounts. The process id in the name
        // lets several processes try at the same time, and a probe left by a killed process does no harm.
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

    /// Begins an empty partial folder, and replaces the partial folder of an interrupted batch.
    ///
    /// # Errors
    /// As [`ResultFolder::check`]; also if another process is writing to it.
    pub fn begin(out: &Path, scenario: &str) -> Result<Self, FolderError> {
        let folder = Self::locked(out, scenario)?;
        // With the lock held, existing files are those of a killed or interrupted process.
        remove(&folder.partial)?;
        fs::create_dir(&folder.partial).map_err(io_error("create the folder", &folder.partial))?;
        Ok(folder)
    }

    /// Takes the lock first, so that no other process changes the folder during the checks.
    fn locked(out: &Path, scenario: &str) -> Result<Self, FolderError> {
        fs::create_dir_all(out).map_err(io_error("create the folder", out))?;
        let (place, partial) = Self::paths(out, scenario);
        let lock = Lock::take(lock_path(out, scenario)).map_err(io_error("write to the folder", out))?;
        let lock = lock.ok_or_else(|| FolderError::Busy { path: partial.clone() })?;
        Self::inspect(out, scenario)?;
        restore_after_crash(&place, &replaced_path(out, scenario))?;
        Ok(Self { partial, place, lock })
    }

    /// Continues with the partial folder of an interrupted batch; removes everything in it except `keep`.
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

    /// The folder for the results of `scenario`, and the partial folder.
    pub fn paths(out: &Path, scenario: &str) -> (PathBuf, PathBuf) {
        (out.join(scenario), partial_path(out, scenario))
    }

    /// The folder that is being filled.
    pub fn partial(&self) -> &Path {
        &self.partial
    }

    /// The folder for the finished results.
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

    /// The path of a file in the partial folder; creates the folders above it.
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

    /// Removes the partial folder.
    ///
    /// # Errors
    /// The file system refuses, or the folder contains files of others; then it stays.
    pub fn abandon(self) -> Result<(), FolderError> {
        refuse_foreign(&self.partial)?;
        remove(&self.partial)
    }

    /// Moves the folder into place. An older result is replaced only now; its shards stay.
    ///
    /// # Errors
    /// The file system refuses, or files of others are in the way.
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

/// The lock file of earlier versions, in the partial folder.
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

/// Removes an old result, if there is one. Its shards move to the new result; shards that another process has
/// put there in the meantime stay.
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

/// Restores the old result after a crash between the two moves of [`ResultFolder::finish`].
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

/// Accepts a missing or empty folder, a folder of shards only, and a folder with files of rollout-lab
/// only.
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
        None if names.iter().all(|name| name == LOCK || name == SHARDS) || has_own_provenance(path) => Ok(()),
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

fn has_own_provenance(folder: &Path) -> bool {
    let said = input::json::<serde_json::Value>(&folder.join(ResultFile::Provenance));
    said.is_ok_and(|said| said["tool"] == crate::tables::provenance::TOOL)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::provenance::TOOL;

    fn write_provenance(folder: &ResultFolder) {
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
        write_provenance(&folder);
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
        write_provenance(&first);
        first.write("runs.csv", b"old").unwrap();
        let place = first.finish().unwrap();
        let second = ResultFolder::begin(out.path(), "calm").unwrap();
        write_provenance(&second);
        second.write("runs.csv", b"new").unwrap();
        assert_eq!(fs::read(place.join("runs.csv")).unwrap(), b"old");
        second.finish().unwrap();
        assert_eq!(fs::read(place.join("runs.csv")).unwrap(), b"new");
    }

    #[test]
    fn an_interrupted_batch_leaves_a_readable_folder_that_the_next_one_replaces() {
        let out = tempfile::tempdir().unwrap();
        let folder = ResultFolder::begin(out.path(), "calm").unwrap();
        write_provenance(&folder);
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
            write_provenance(&folder);
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
        write_provenance(&shard);
        shard.finish().unwrap();
        for _ in 0..2 {
            let whole = ResultFolder::begin(out.path(), "calm").unwrap();
            write_provenance(&whole);
            whole.finish().unwrap();
            assert!(shards.join("1-of-2").join(ResultFile::Provenance).exists());
        }
        assert_eq!(names_in(out.path()).unwrap(), ["calm"]);
    }

    #[test]
    fn what_an_interrupted_batch_left_can_be_continued() {
        let out = tempfile::tempdir().unwrap();
        let folder = ResultFolder::begin(out.path(), "calm").unwrap();
        write_provenance(&folder);
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
    fn a_folder_without_provenance_is_refused() {
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
    fn an_empty_folder_is_accepted() {
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
        write_provenance(&first);
        assert_eq!(names_in(out.path()).unwrap(), [".calm.lock", ".calm.partial"]);
        assert!(matches!(ResultFolder::resume(out.path(), "calm", &[]), Err(FolderError::Busy { .. })));
        assert!(first.partial().join(ResultFile::Provenance).exists(), "a refusal removes nothing");
        first.finish().unwrap();
        assert_eq!(names_in(out.path()).unwrap(), ["calm"]);
    }

    /// A process was killed at any moment.
    #[test]
    fn files_of_a_killed_process_do_not_block() {
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
            write_provenance(&folder);
            folder.finish().unwrap();
            assert_eq!(names_in(out.path()).unwrap(), ["calm"], "{left:?}");
        }
    }

    #[test]
    fn many_writers_at_once_never_wedge_the_folder() {
        let out = tempfile::tempdir().unwrap();
        let write = |_| match ResultFolder::begin(out.path(), "calm") {
            Ok(folder) => {
                write_provenance(&folder);
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
        write_provenance(&folder);
        let place = folder.finish().unwrap();
        fs::rename(&place, out.path().join(".calm.replaced")).unwrap();
        let _next = ResultFolder::begin(out.path(), "calm").unwrap();
        assert!(place.join(ResultFile::Provenance).exists());
    }
}
