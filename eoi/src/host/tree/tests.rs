//! The tree of files: the same answers from a directory and from memory.

use super::*;

fn nodes(list: &[(&str, Node)]) -> BTreeMap<String, Node> {
    list.iter()
        .map(|(path, node)| ((*path).to_string(), node.clone()))
        .collect()
}

#[test]
fn a_tree_in_memory_answers_as_a_directory_does() {
    let denied = Node::Unreadable("Permission denied".to_string());
    let all = nodes(&[
        ("a/b/one", Node::File(b" 1\n".to_vec())),
        ("a/b/two", Node::Link("../../x/y".to_string())),
        ("a/c", denied.clone()),
        ("a/d", Node::Directory),
    ]);
    let dir = tempfile::tempdir().expect("a temporary directory");
    std::fs::create_dir_all(dir.path().join("a/b")).expect("writable");
    std::fs::create_dir_all(dir.path().join("a/d")).expect("writable");
    std::fs::write(dir.path().join("a/b/one"), " 1\n").expect("writable");
    std::fs::write(dir.path().join("a/c"), "").expect("writable");
    std::os::unix::fs::symlink("../../x/y", dir.path().join("a/b/two")).expect("writable");
    for tree in [
        Tree::from_nodes(all),
        Tree::directory(dir.path()).expect("a directory"),
    ] {
        assert_eq!(tree.text("a/b/one").as_deref(), Some("1"));
        assert_eq!(tree.bytes("a/b/one", 2), Some(b" 1".to_vec()));
        assert_eq!(tree.link("a/b/two").as_deref(), Some("y"));
        assert_eq!(
            tree.names("a"),
            Some(["b", "c", "d"].map(str::to_string).to_vec())
        );
        assert_eq!(tree.names("a/d"), Some(Vec::new()));
        assert_eq!(tree.names("b"), None);
        assert_eq!(tree.text("a/b/one/two"), None);
        assert_eq!(tree.notes()["b"], Note::Missing);
        assert_eq!(tree.notes()["a/b/one/two"], Note::Missing);
        assert_eq!(tree.notes()["a/b/one"], Note::Read);
    }
    let tree = Tree::from_nodes(nodes(&[("a/c", denied)]));
    assert_eq!(tree.text("a/c"), None);
    assert_eq!(
        tree.notes()["a/c"],
        Note::Unreadable("Permission denied".to_string())
    );
}

#[test]
fn lines_are_the_same_streamed_and_from_memory() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    std::fs::write(dir.path().join("f"), b"one\n\ntwo \xff").expect("writable");
    let streamed = Tree::directory(dir.path()).expect("a directory");
    let memory = Tree::from_nodes(nodes(&[("f", Node::File(b"one\n\ntwo \xff".to_vec()))]));
    for tree in [streamed, memory] {
        let mut seen = Vec::new();
        assert!(tree.lines("f", |number, line| seen.push((number, line.to_string()))));
        assert_eq!(
            seen,
            [
                (1, "one".into()),
                (2, String::new()),
                (3, "two \u{fffd}".to_string())
            ]
        );
        assert!(!tree.lines("g", |_, _| panic!("there is no such file")));
    }
}

#[test]
fn only_what_is_kept_is_recorded() {
    let files = nodes(&[
        ("cmdline", Node::File(b"secret=1 threadirqs".to_vec())),
        ("d/x/y", Node::File(vec![1])),
        ("d/z", Node::Unreadable("no".to_string())),
    ]);
    let tree = Tree::from_nodes(files).recording();
    let kept = tree.filtered("cmdline", 100, |_| b"threadirqs".to_vec());
    assert_eq!(kept.as_deref(), Some(b"threadirqs".as_slice()));
    let _ = (tree.names("d"), tree.text("d/z"), tree.text("missing"));
    let expected = nodes(&[
        ("cmdline", Node::File(b"threadirqs".to_vec())),
        ("d", Node::Directory),
        ("d/x", Node::Directory),
        ("d/z", Node::Unreadable("no".to_string())),
    ]);
    assert_eq!(tree.recorded(), expected);
}
