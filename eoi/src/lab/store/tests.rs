//! The cache against an archive in a directory: what comes, what is cut off, what is damaged, what is gone.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::host::HOSTS;
use super::*;
use crate::error::Status;
use crate::lab::clean;
use crate::lab::lock::Lock;

#[cfg(test)]
mod contents;
#[cfg(test)]
mod lacking;
#[cfg(test)]
mod mirrors;

/// An archive, a lock that pins one package of it as the set `source-6.12`, and a cache that is empty.
struct Lab {
    dir: TempDir,
    package: Package,
}

const SET: &str = "source-6.12";

impl Lab {
    fn new(fill: impl Fn(&Path)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let tree = dir.path().join("tree");
        fs::create_dir_all(tree.join("DEBIAN")).unwrap();
        let control = "Package: probe\nVersion: 1+1\nArchitecture: all\nMaintainer: none <none>\nDescription: probe\n";
        fs::write(tree.join("DEBIAN/control"), control).unwrap();
        fs::create_dir_all(tree.join("usr/share/doc")).unwrap();
        fs::write(tree.join("usr/share/doc/probe"), "nobody reads this").unwrap();
        fs::write(tree.join("usr/share/probe"), vec![b'x'; 1 << 16]).unwrap();
        fill(&tree);
        let path = "pool/main/p/probe_1+1_all.deb";
        let deb = dir.path().join("archive").join(path);
        fs::create_dir_all(deb.parent().unwrap()).unwrap();
        let build = Command::new("dpkg-deb")
            .args(["-Znone", "-b"])
            .arg(&tree)
            .arg(&deb)
            .stdout(Stdio::null())
            .status();
        assert!(build.expect("these tests need dpkg-deb and apt").success());
        let package = pinned(path, &fs::read(&deb).unwrap());
        let suite = dir.path().join("archive/dists/trixie");
        fs::create_dir_all(&suite).unwrap();
        fs::write(suite.join("InRelease"), "signed by nobody").unwrap();
        let lab = Self { dir, package };
        lab.pin(std::slice::from_ref(&lab.package));
        lab
    }

    fn pin(&self, packages: &[Package]) {
        let mut lock = Lock::empty();
        lock.sets.insert(SET.to_owned(), packages.to_vec());
        lock.write(&self.dir.path().join("lock.json")).unwrap();
    }

    fn cache(&self) -> Cache {
        self.cache_of(&format!(
            "file:{}",
            self.dir.path().join("archive").display()
        ))
    }

    fn cache_of(&self, mirror: &str) -> Cache {
        let at = |name: &str| self.dir.path().join(name);
        let (root, keyring, lock) = (
            Some(at("cache")),
            Some(at("lock.json")),
            Some(at("lock.json")),
        );
        Cache::new(Options {
            root,
            mirror: Some(mirror.to_owned()),
            keyring,
            lock,
            purpose: Purpose::Use,
        })
        .unwrap()
    }

    /// Removes what is not needed, unless somebody uses the cache; whether it could.
    fn clean(&self) -> bool {
        let at = |name: &str| self.dir.path().join(name);
        let options = Options {
            root: Some(at("cache")),
            lock: Some(at("lock.json")),
            purpose: Purpose::Clean,
            ..Options::default()
        };
        let cache = match Cache::new(options) {
            Ok(cache) => cache,
            Err(error) => {
                assert_eq!(Status::of(&error), Status::Unknown, "{error:#}");
                return false;
            }
        };
        let needless = clean::needless(
            &cache,
            clean::Also {
                built: true,
                runs: true,
            },
        )
        .unwrap();
        needless.iter().for_each(|one| one.remove().unwrap());
        true
    }

    fn source(&self) -> PathBuf {
        self.dir.path().join("archive").join(&self.package.path)
    }

    fn deb(&self) -> PathBuf {
        self.dir.path().join("cache/debs").join(self.package.file())
    }

    /// The directories of the set, whole or not.
    fn unpacked(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.dir.path().join("cache/unpacked")).unwrap();
        entries
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.is_dir())
            .collect()
    }

    /// An archive that is there and has something wrong is an error, not an open question.
    fn fails(&self) -> String {
        self.fails_with(Status::Usage)
    }

    fn fails_with(&self, status: Status) -> String {
        let error = self.cache().ensure(SET).unwrap_err();
        let says = format!("{error:#}");
        assert!(self.unpacked().is_empty(), "after {says}");
        assert_eq!(Status::of(&error), status, "{says}");
        says
    }
}

fn pinned(path: &str, bytes: &[u8]) -> Package {
    let sha256 = Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let (name, version, arch) = ("probe".to_owned(), "1+1".to_owned(), "all".to_owned());
    Package {
        name,
        version,
        arch,
        path: path.to_owned(),
        size: bytes.len() as u64,
        sha256,
    }
}

#[test]
fn a_set_comes_once_and_is_there_without_an_archive_afterwards() {
    let lab = Lab::new(|_| {});
    let opened = lab.cache().ensure(SET).unwrap();
    assert_eq!(
        fs::read(opened.prefix.join("usr/share/probe"))
            .unwrap()
            .len(),
        1 << 16
    );
    assert!(!opened.prefix.join("usr/share/doc").exists());
    assert_eq!(
        (opened.packages, opened.replaced),
        (vec![lab.package.clone()], vec![])
    );
    fs::remove_file(lab.source()).unwrap();
    fs::remove_file(lab.deb()).unwrap();
    assert_eq!(lab.cache().ensure(SET).unwrap().prefix, opened.prefix);
}

#[test]
fn what_was_cut_off_is_completed() {
    let lab = Lab::new(|_| {});
    let cache = lab.cache();
    let whole = fs::read(lab.source()).unwrap();
    fs::write(
        cache.root().join("debs/partial").join(lab.package.file()),
        &whole[..whole.len() / 2],
    )
    .unwrap();
    cache.ensure(SET).unwrap();
    assert_eq!(fs::read(lab.deb()).unwrap(), whole);
}

#[test]
fn what_was_whole_when_we_were_killed_is_not_fetched_again() {
    let lab = Lab::new(|_| {});
    let cache = lab.cache();
    fs::rename(
        lab.source(),
        cache.root().join("debs/partial").join(lab.package.file()),
    )
    .unwrap();
    cache.ensure(SET).unwrap();
}

#[test]
fn a_package_with_another_hash_is_refused_removed_and_named() {
    let lab = Lab::new(|_| {});
    let mut bytes = fs::read(lab.source()).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(lab.source(), &bytes).unwrap();
    let error = lab.fails();
    assert!(
        error.contains("probe_1+1_all.deb: its hash was wrong"),
        "{error}"
    );
    let left = |dir: &str| {
        fs::read_dir(lab.dir.path().join(dir))
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
    };
    assert!(
        !left("cache/debs")
            .chain(left("cache/debs/partial"))
            .any(|name| name.to_string_lossy().contains("deb"))
    );
}

#[test]
fn a_package_that_was_damaged_in_the_cache_is_fetched_again() {
    let lab = Lab::new(|_| {});
    let cache = lab.cache();
    fs::write(lab.deb(), "damaged").unwrap();
    cache.ensure(SET).unwrap();
    assert_eq!(
        fs::read(lab.deb()).unwrap(),
        fs::read(lab.source()).unwrap()
    );
}

#[test]
fn what_another_left_half_unpacked_is_not_taken_for_whole() {
    let lab = Lab::new(|_| {});
    let cache = lab.cache();
    let prefix = cache.prefix(Set::named(SET).unwrap(), std::slice::from_ref(&lab.package));
    let part = PathBuf::from(format!("{}.part", prefix.display()));
    fs::create_dir_all(part.join("usr/share")).unwrap();
    fs::write(part.join("usr/share/stale"), "stale").unwrap();
    assert_eq!(cache.ensure(SET).unwrap().prefix, prefix);
    assert!(!prefix.join("usr/share/stale").exists() && !part.exists());
    assert!(prefix.join("usr/share/probe").exists());
}

#[test]
fn a_package_that_cannot_be_unpacked_leaves_nothing() {
    let lab = Lab::new(|_| {});
    let whole = fs::read(lab.source()).unwrap();
    let cut = &whole[..whole.len() / 2];
    fs::write(lab.source(), cut).unwrap();
    lab.pin(&[pinned(&lab.package.path, cut)]);
    let error = lab.fails();
    assert!(
        error.contains("unpacking the set source-6.12") && error.contains("probe_1+1_all.deb"),
        "{error}"
    );
}

#[test]
fn a_package_that_is_gone_is_looked_for_in_the_signed_index() {
    let lab = Lab::new(|_| {});
    fs::remove_file(lab.source()).unwrap();
    let error = lab.fails();
    let wanted = "replacing probe 1+1, which the archive has dropped: fetching the index of trixie";
    assert!(error.contains(wanted), "{error}");
}

#[test]
fn what_was_taken_in_place_of_the_lock_is_taken_again_and_said() {
    let lab = Lab::new(|_| {});
    let other = Package {
        name: "gone".to_owned(),
        sha256: "00".repeat(32),
        ..lab.package.clone()
    };
    lab.pin(std::slice::from_ref(&other));
    let cache = lab.cache();
    let replaced = crate::lab::lock::replacements(&[other], std::slice::from_ref(&lab.package));
    let taken = serde_json::json!({ "packages": [lab.package], "replaced": replaced });
    let key = format!("replaced/{SET}-{}.json", hash(&cache.lock().sets[SET]));
    fs::write(cache.root().join(key), taken.to_string()).unwrap();
    let opened = cache.ensure(SET).unwrap();
    assert_eq!(
        (opened.packages, opened.replaced),
        (vec![lab.package.clone()], replaced)
    );
}

#[test]
fn two_at_once_do_not_disturb_each_other() {
    let lab = Lab::new(|_| {});
    let ensure = || lab.cache().ensure(SET).map(|opened| opened.prefix);
    let (one, two) = std::thread::scope(|scope| {
        let (one, two) = (scope.spawn(ensure), scope.spawn(ensure));
        (one.join().unwrap().unwrap(), two.join().unwrap().unwrap())
    });
    assert_eq!(one, two);
    assert_eq!(lab.unpacked(), [one]);
}

/// Files that are made quickly and take a while to be unpacked.
fn many(tree: &Path) {
    for file in 0..3000 {
        let place = tree.join(format!("usr/lib/many/{}", file % 50));
        fs::create_dir_all(&place).unwrap();
        fs::write(place.join(format!("{file}")), "x").unwrap();
    }
}

#[test]
fn whoever_cleans_meanwhile_takes_nothing_from_a_set() {
    let lab = Lab::new(many);
    let done = std::sync::atomic::AtomicBool::new(false);
    for _ in 0..3 {
        done.store(false, std::sync::atomic::Ordering::SeqCst);
        let prefix = std::thread::scope(|scope| {
            let unpacks = scope.spawn(|| {
                let opened = lab.cache().ensure(SET);
                done.store(true, std::sync::atomic::Ordering::SeqCst);
                opened
            });
            while !done.load(std::sync::atomic::Ordering::SeqCst) {
                lab.clean();
            }
            unpacks.join().unwrap().unwrap().prefix
        });
        let of = |dir: u32| {
            fs::read_dir(prefix.join(format!("usr/lib/many/{dir}"))).map_or(0, Iterator::count)
        };
        assert_eq!((0..50).map(of).sum::<usize>(), 3000);
        assert!(lab.clean(), "nobody uses the cache now");
        fs::remove_dir_all(prefix).unwrap();
    }
}

#[test]
fn too_little_room_is_said_before_anything_is_fetched() {
    let lab = Lab::new(|_| {});
    lab.pin(&[Package {
        size: 1 << 60,
        ..lab.package.clone()
    }]);
    let error = lab.fails_with(Status::Unknown);
    assert!(
        error.contains("MB are needed below") && error.contains("XDG_CACHE_HOME"),
        "{error}"
    );
}

#[test]
fn a_disk_that_is_full_is_not_taken_for_an_archive_that_is_not_there() {
    use crate::lab::archive::download::Missing;
    let full = "Error writing to file - write (28: No space left on device)".to_owned();
    assert!(!Missing::Failed(full).may_be_the_archive() && !Missing::Altered.may_be_the_archive());
    assert!(Missing::Failed("Could not connect to m.example:80".to_owned()).may_be_the_archive());
}
