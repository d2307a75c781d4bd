//! Every form that a source can be given in, and that none of them is written to.

use std::process::Command;

use super::*;

const MAKEFILE: &str = "VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 107\n";

struct Place {
    directory: tempfile::TempDir,
}

impl Place {
    /// A place with a tree that has a version and one file of genirq.
    fn new() -> Self {
        let place = Self {
            directory: tempfile::tempdir().expect("a directory"),
        };
        for (file, text) in [("Makefile", MAKEFILE), ("kernel/irq/chip.c", "int x;\n")] {
            io::write(&place.at("linux").join(file), text.as_bytes()).expect("a file");
        }
        fs::create_dir_all(place.at("room")).expect("a room");
        place
    }

    fn at(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn found(&self, name: &str) -> Result<KernelTree> {
        KernelTree::of(&self.at(name), &self.at("room"), &|| Ok(Kit::of_the_host()))
    }

    fn run(&self, command: &str) {
        let status = Command::new("sh")
            .args(["-c", command])
            .current_dir(self.directory.path())
            .status();
        assert!(status.expect("a shell").success(), "{command}");
    }

    /// Makes a repository of the tree.
    fn commit(&self) {
        self.run(
            "cd linux && git init -q && git add . && \
             git -c user.name=n -c user.email=e@example.org commit -qm one",
        );
    }

    /// The names of all files below the tree.
    fn files(&self) -> Vec<u8> {
        let find = Command::new("find").arg(self.at("linux")).output();
        find.expect("find").stdout
    }
}

fn is_it(tree: &KernelTree) {
    assert_eq!(tree.version, "6.12.107");
    assert!(tree.root.join("kernel/irq/chip.c").is_file());
}

#[test]
fn a_directory_is_taken_as_it_is_and_its_contents_tell_it_from_another() {
    let place = Place::new();
    let one = place.found("linux").expect("a tree");
    is_it(&one);
    assert_eq!(one.root, place.at("linux").canonicalize().expect("a path"));
    let same = place.found("linux").expect("a tree");
    io::write(&place.at("linux/kernel/irq/chip.c"), b"int y;\n").expect("a file");
    let other = place.found("linux").expect("a tree");
    assert_eq!(one.identity, same.identity);
    assert_ne!(one.identity, other.identity);
}

#[test]
fn a_tarball_and_a_bare_repository_are_unpacked_elsewhere() {
    let place = Place::new();
    place.commit();
    place.run("tar -czf linux.tar.gz linux && git clone -q --bare linux bare");
    let before = place.files();
    for name in ["linux.tar.gz", "bare", "linux/.git"] {
        let tree = place.found(name).expect(name);
        is_it(&tree);
        assert!(tree.root.starts_with(place.at("room")), "{name}");
    }
    assert_eq!(place.files(), before);
}

#[test]
fn what_was_built_inside_of_a_tree_is_left_out() {
    let place = Place::new();
    io::write(&place.at("linux/gone"), b"").expect("a file");
    place.commit();
    io::write(&place.at("linux/.config"), b"").expect("a file");
    fs::remove_file(place.at("linux/gone")).expect("removed");
    let before = place.files();
    let tree = place.found("linux").expect("a tree");
    is_it(&tree);
    assert!(!tree.root.join(".config").exists() && !tree.root.join("gone").exists());
    assert_eq!(place.files(), before);
    fs::remove_dir_all(place.at("linux/.git")).expect("removed");
    let error = format!("{:#}", place.found("linux").err().expect("a refusal"));
    assert!(error.contains("make mrproper"), "{error}");
}

#[test]
fn what_is_no_source_is_refused() {
    let place = Place::new();
    place.run("mkdir -p empty/e && tar -cf empty.tar empty && echo no > text");
    for (name, word) in [
        ("nowhere", "cannot open"),
        ("empty", "neither a tarball"),
        ("empty.tar", "no kernel/irq/chip.c in it"),
        ("text", "unpacking"),
    ] {
        let error = format!("{:#}", place.found(name).err().expect(name));
        assert!(error.contains(word), "{error}");
    }
    let kept = fs::read_dir(place.at("room")).expect("the room");
    let whole = |entry: &fs::DirEntry| entry.path().is_dir();
    assert_eq!(kept.flatten().filter(whole).count(), 0, "kept as whole");
}
