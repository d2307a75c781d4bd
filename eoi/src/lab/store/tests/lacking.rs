//! A set that is whole: what is missed, and the room that it takes.

use super::*;

#[test]
fn a_set_that_lacks_a_file_is_not_taken_for_whole() {
    let lab = Lab::new(many);
    let prefix = lab.cache().ensure(SET).unwrap().prefix;
    let damages: [fn(&Path); 4] = [
        |prefix| fs::remove_file(prefix.join("usr/lib/many/7/7")).unwrap(),
        |prefix| fs::write(prefix.join("usr/lib/many/7/7"), "longer").unwrap(),
        |prefix| fs::remove_dir_all(prefix.join("usr")).unwrap(),
        |prefix| {
            // An eoi before this one left it so, or somebody who copied half of it.
            fs::remove_dir_all(prefix).unwrap();
            fs::create_dir_all(prefix.join("usr/lib")).unwrap();
        },
    ];
    for damage in damages {
        damage(&prefix);
        let cache = lab.cache();
        assert_eq!(cache.ensure(SET).unwrap().prefix, prefix);
        assert_eq!(fs::read(prefix.join("usr/lib/many/7/7")).unwrap(), b"x");
        assert_eq!(lab.unpacked(), std::slice::from_ref(&prefix));
    }
}

#[test]
fn what_is_removed_while_a_set_is_unpacked_is_missed() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("usr")).unwrap();
    fs::write(dir.path().join("usr/here"), "x").unwrap();
    let members = |names: &[&str]| names.iter().map(PathBuf::from).collect::<BTreeSet<_>>();
    let error = whole::write(
        dir.path(),
        &members(&["./usr/", "./usr/here", "./usr/gone"]),
    )
    .unwrap_err();
    assert!(
        error.to_string().contains("./usr/gone is gone from"),
        "{error}"
    );
    assert_eq!(
        whole::lacks(dir.path()).as_deref(),
        Some("it has no list of its files")
    );
    whole::write(dir.path(), &members(&["./usr/", "./usr/here"])).unwrap();
    assert_eq!(whole::lacks(dir.path()), None);
    fs::write(dir.path().join("usr/here"), "xx").unwrap();
    assert!(
        whole::lacks(dir.path())
            .unwrap()
            .starts_with("1 of its files")
    );
}

#[test]
fn the_room_that_a_set_takes_is_known_before_it_is_unpacked() {
    let lab = Lab::new(|tree| {
        many(tree);
        // In debhelper's format.
        let sums: String = (0..3000)
            .map(|file| format!("{file:032x}  usr/lib/many/{file}\n"))
            .collect();
        fs::write(tree.join("DEBIAN/md5sums"), sums).unwrap();
        let control = fs::read_to_string(tree.join("DEBIAN/control")).unwrap();
        fs::write(
            tree.join("DEBIAN/control"),
            format!("{control}Installed-Size: 3200\n"),
        )
        .unwrap();
    });
    let block = crate::lab::room::block(lab.dir.path()).unwrap();
    let needed = unpack::needs(&lab.source(), block).unwrap();
    let prefix = lab.cache().ensure(SET).unwrap().prefix;
    let output = Command::new("du")
        .arg("-s")
        .arg("--block-size=1")
        .arg(prefix)
        .output()
        .unwrap();
    let takes: u64 = String::from_utf8(output.stdout)
        .unwrap()
        .split('\t')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    assert!(
        takes > 3000 * block && (takes..2 * takes).contains(&needed),
        "{takes} taken, {needed} asked for"
    );
}
