//! Mistakes in scenario files: each error names the file, the line and the remedy.

use std::fmt::Write as _;

use scimulate::sim::Scenario;

/// A scenario without a timeline, to which the cases add lines.
const HEAD: &str = "name = \"x\"\n[[app]]\nlabel = \"app\"\n[people.ada]\n[groups]\neng = [\"ada\"]\n";

/// Renders the error of a file. The file is printed from the line `from`.
fn render(text: &str, from: usize) -> String {
    let error = Scenario::parse("s.toml", text).map(drop).unwrap_err().to_string();
    let lines = text.lines().zip(1..).filter(|(_, number)| *number >= from);
    let mut out = lines.fold(String::new(), |mut out, (line, number)| {
        let _ = writeln!(out, "{number:2} | {line}");
        out
    });
    let _ = writeln!(out, "{error}\n");
    out
}

#[test]
fn each_mistake_has_file_line_and_remedy() {
    let tails: String = TAILS.iter().map(|tail| render(&format!("{HEAD}{tail}"), 7)).collect();
    let files: String = FILES.iter().map(|file| render(file, 1)).collect();
    insta::with_settings!({snapshot_path => "../../../snapshots/run", prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!("mistakes", format!("{HEAD}\n{tails}{files}"));
    });
}

/// Lines after [`HEAD`].
const TAILS: &[&str] = &[
    "[[timeline]]\ndo = \"asign\"\n",
    "[[timeline]]\ndo = \"fire-everybody\"\n",
    "[[timeline]]\npeople = [\"ada\"]\n",
    "[[timeline]]\ndo = 1\n",
    "[[timeline]]\ndo = \"assign\"\n",
    "[[timeline]]\ndo = \"push-group\"\ngruop = \"eng\"\n",
    "[[timeline]]\ndo = \"push-group\"\ngroup = \"eng\"\nfoo = 1\n",
    "[[timeline]]\ndo = \"assign\"\npeople = \"ada\"\n",
    "[[timeline]]\ndo = \"unlink-group\"\ngroup = \"eng\"\ndelete = 1\n",
    "[[timeline]]\ndo = \"assign-group\"\ngroup = \"eng\"\npriority = -1\n",
    "[[timeline]]\ndo = \"update-profile\"\nperson = \"ada\"\nset = { title = 3 }\n",
    "[[timeline]]\ndo = \"update-profile\"\nperson = \"ada\"\n[timeline.set]\ntitle = 3\n",
    "[[timeline]]\ndo = \"update-profile\"\nperson = \"ada\"\nset = { title = [\"a\"] }\n",
    "[[timeline]]\ndo = \"assign\"\npeople = [\"aad\"]\n",
    "[[timeline]]\ndo = \"push-group\"\ngroup = \"egn\"\n",
    "[[timeline]]\ndo = \"import\"\napp = \"ap\"\n",
    "[[timeline]]\ndo = \"import\"\n[[app]]\nlabel = \"b\"\n",
    "[[timeline]]\ndo = \"import\"\n[[app]]\nlabel = \"app\"\n",
    "[[timeline]]\ndo = \"import\"\n[[app]]\nlable = \"b\"\n",
    "[[timeline]]\ndo = \"import\"\n[[app]]\nlabel = \"b\"\nfoo = 1\n",
    "[[timeline]]\ndo = \"import\"\n[[app]]\nlabel = 3\n",
    "[[timeline]]\ndo = \"import\"\n[[app]]\nclient = \"oin\"\n",
    "[[timeline]]\ndo = \"import\"\n[[app]]\nlabel = \"b\"\nclient = \"wizard\"\n",
    "[[timeline]]\ndo = \"import\"\n[[app]]\nlabel = \"b\"\nimport = { match = \"mail\" }\n",
    "[[timeline]]\ndo = \"import\"\n[[app]]\nlabel = \"b\"\nimport = { mtach = \"email\" }\n",
    "[[timeline]]\ndo = \"import\"\n[[app]]\nlabel = \"b\"\nimport = { safeguard = 300 }\n",
    "[[timeline]]\ndo = \"import\"\n[[app]]\nlabel = \"b\"\nimport = { safeguard = 150 }\n",
    "[[timeline]]\ndo = \"import\"\n[[app]]\nlabel = \"b\"\nto-app = { craete = true }\n",
    "[[timeline]]\ndo = \"import\"\n[[app]]\nlabel = \"b\"\nclient = \"oin\"\nwithout = [\n  \"title\",\n  \"emial\",\n]\n",
    "[[timeline]]\ndo = \"import\"\n[[app]]\nlabel = \"b\"\nclient = \"oin\"\ncreate-only = [\"titel\"]\n",
    "[[timeline]]\ndo = \"import\"\n[[app]]\nlabel = \"b\"\nclient = \"oin\"\nmapping = { titel = \"user.title\" }\n",
    "[[timeline]]\ndo = \"import\"\n[[app]]\nlabel = \"b\"\nclient = \"oin\"\n[app.mapping]\nnickName = \"user.title\"\ntitle = \"user.title =\"\n",
    "[[timeline]]\ndo = \"import\"\n[[app]]\nlabel = \"b\"\nclient = \"oin\"\nmapping = { title = 3 }\n",
    "[[timeline]]\ndo = \"import\"\n[[app]]\nlabel = \"b\"\nclient = \"oin\"\nmapping = { title = \"String.upper(user.title)\" }\n",
    "[[timeline]]\ndo = \"import\"\n[[app]]\nlabel = \"b\"\nclient = \"oin\"\nusername-format = \"emial\"\n",
    "[[timeline]]\ndo = \"import\"\n[[app]]\nlabel = \"b\"\nclient = \"oin\"\nusername-format = \"okta-user\"\n",
    "[[timeline]]\ndo = \"import\"\n[[app]]\nlabel = \"b\"\n[[app.custom]]\nsource = \"x\"\nname = \"a..b\"\nnamespace = \"urn:x\"\n",
    "[[timeline]]\ndo = \"import\"\n[[app]]\nlabel = \"b\"\n[[app.custom]]\nsource = \"x\"\nname = \"groups\"\nnamespace = \"urn:ietf:params:scim:schemas:core:2.0:User\"\n",
    "[[timeline]]\ndo = \"import\"\n[[app]]\nlabel = \"b\"\n[[app.custom]]\nsource = \"x\"\nname = \"y\"\n",
    "[[timeline]]\ndo = \"import\"\n[[app]]\nlabel = \"b\"\n[[app.custom]]\nsource = \"x\"\nname = \"y\"\nnamespace = \"urn:x\"\napply = \"always\"\n",
    "[[timeline]]\ndo = \"import\"\n[[app]]\nlabel = \"b\"\n[[app.custom]]\nsuorce = \"x\"\nname = \"y\"\nnamespace = \"urn:x\"\n",
    "",
    "[timeline]\ndo = \"import\"\n",
    "[[timeline]]\ndo = \"import\"\n[fault]\nstatus = 502\n",
    "[[timeline]]\ndo = \"import\"\n[people.ada]\n",
    "[[timeline]]\ndo = \"import\"\n[people.bob]\ntitle = \"a\"\ntitle = \"b\"\n",
    "[[timeline]\n",
    "[[timeline]]\ndo = \"import\n",
    "[[timeline]]\ndo = import\n",
    "[[timeline]]\ndo = \"import\"\n[audit]\nread = true\n",
    "[[timeline]]\ndo = \"import\"\n[population]\npeople = 3\ngroup = 2\n",
    "[[timeline]]\ndo = \"import\"\n[population]\npeople = 3000000\n",
    "[[timeline]]\ndo = \"import\"\n[population]\npeople = -3\n",
    "[[timeline]]\ndo = \"import\"\n[population]\ngroups = 3\n",
    "[[timeline]]\ndo = \"import\"\n[population]\npeople = \"many\"\n",
    "[[timeline]]\nat = \"March\"\ndo = \"import\"\n",
    "[[timeline]]\nat = \"2027-02-30\"\ndo = \"import\"\n",
    "[[timeline]]\nat = \"2027-13-01 09:00\"\ndo = \"import\"\n",
    "[[timeline]]\nat = \"2027-03-01 25:00\"\ndo = \"import\"\n",
    "[[timeline]]\nat = \"2027-03-01 09:00Z\"\ndo = \"import\"\n",
    "[[timeline]]\nat = \"2027-03-01T09:00:00+02:00\"\ndo = \"import\"\n",
    "[[timeline]]\nat = 1\ndo = \"import\"\n",
    "[[timeline]]\nat = \"09:00\"\ndo = \"import\"\n",
    "[[timeline]]\nat = 09:00:00\ndo = \"import\"\n",
    "[[timeline]]\nat = \"2027-03-02\"\ndo = \"import\"\n[[timeline]]\ndo = \"import\"\n[[timeline]]\nat = \"2027-03-01\"\ndo = \"import\"\n",
    "[[timeline]]\ndo = \"import\"\nexpect-task = true\n",
    "[[timeline]]\nat = \"2027-03-01\"\ndo = \"import\"\n[[fault]]\nretry-afer = 5\nstatus=429\n",
    "[[timeline]]\nat = \"2027-03-01\"\ndo = \"import\"\n[[fault]]\nkind = 5\nstatus=429\n",
    "[[timeline]]\ndo = \"import\"\n[[fault]]\ndelay = 3\nstatus=99\n",
    "[[timeline]]\ndo = \"import\"\n[[fault]]\nstatus=\"502\"\n",
    "[[timeline]]\ndo = \"import\"\n[[fault]]\nstatus=70000\n",
    "[[timeline]]\ndo = \"import\"\n[[fault]]\nunreachable = true\nstatus=502\n",
    "[[timeline]]\ndo = \"import\"\n[[fault]]\ndelay = 0\n",
    "[[timeline]]\ndo = \"import\"\n[[fault]]\nunreachable = false\n",
    "[[timeline]]\ndo = \"import\"\n[[fault]]\nunreachable = true\nretry-after = 5\n",
    "[[timeline]]\ndo = \"import\"\n[[fault]]\nunreachable = true\nfrom = \"2027-03-01\"\n",
    "[[timeline]]\nat=\"2027-03-01\"\ndo = \"import\"\n[[fault]]\nunreachable = true\nfrom = \"2027-03-02\"\nto = \"2027-03-01\"\n",
    "[[timeline]]\nat=\"2027-03-01\"\ndo = \"import\"\n[[fault]]\nunreachable = true\nfrom = \"2027-02-29\"\n",
    "[[timeline]]\ndo = \"assign\"\npeople = [\"${who}\"]\n",
    "[[timeline]]\ndo = \"assign\"\npeople = [\"${whoo}\"]\n[set]\nwho = \"ada\"\n",
    "[[timeline]]\ndo = \"import\"\n[set]\nwho = [\"ada\"]\n",
    "[[timeline]]\ndo = \"import\"\n# use ${foo} here\n",
    "[[timeline]]\ndo = \"assign\"\npeople = [\"${who\"]\n[set]\nwho = \"ada\"\n",
    "[[timeline]]\ndo = \"push-now\"\ngroup = \"eng\"\n",
    "[[timeline]]\ndo = \"unassign\"\npeople = [\"ada\"]\n",
    "[[timeline]]\ndo = \"assign\"\npeople = [\"ada\"]\n[[timeline]]\ndo = \"assign\"\npeople = [\"ada\"]\n",
    "[[timeline]]\ndo = \"create-person\"\nperson = \"bob\"\n[[timeline]]\ndo = \"remove-from-group\"\ngroup = \"eng\"\npeople = [\"bob\"]\n",
    "[[timeline]]\ndo = \"create-person\"\nperson = \"ada\"\n",
    "[[timeline]]\ndo = \"create-group\"\ngroup = \"eng\"\n",
    "[[timeline]]\ndo = \"rename-group\"\ngroup = \"eng\"\nto = \"eng\"\n",
    "[[timeline]]\ndo = \"add-to-group\"\ngroup = \"Everyone\"\npeople = [\"ada\"]\n",
    "[[timeline]]\ndo = \"deactivate-person\"\nperson = \"ada\"\n[[timeline]]\ndo = \"deactivate-person\"\nperson = \"ada\"\n",
    "[[timeline]]\ndo = \"delete-person\"\nperson = \"ada\"\n",
    "[[timeline]]\ndo = \"unsuspend-person\"\nperson = \"ada\"\n",
    "[[timeline]]\ndo = \"deactivate-person\"\nperson = \"ada\"\n[[timeline]]\ndo = \"update-profile\"\nperson = \"ada\"\nset = { title = \"x\" }\n",
    "[[timeline]]\ndo = \"assign\"\npeople = [\"ada\"]\n[[timeline]]\ndo = \"edit-assignment\"\nperson = \"ada\"\nset = { titel = \"x\" }\n",
    "[[timeline]]\ndo = \"assign\"\npeople = [\"ada\"]\n[[timeline]]\ndo = \"edit-assignment\"\nperson = \"ada\"\nset = { title = \"x\" }\n",
    "[[timeline]]\ndo = \"assign-group\"\ngroup = \"eng\"\n[[timeline]]\ndo = \"assign-group\"\ngroup = \"eng\"\n",
    "[[timeline]]\ndo = \"unassign-group\"\ngroup = \"eng\"\n",
    "[[timeline]]\ndo = \"create-group-rule\"\nrule = \"r\"\nwhen = \"user.title = 3\"\ngroups = [\"eng\"]\n",
    "[[timeline]]\ndo = \"create-group-rule\"\nrule = \"r\"\nwhen = \"user.title == \\\"x\\\"\"\ngroups = [\"enf\"]\n",
    "[[timeline]]\ndo = \"activate-group-rule\"\nrule = \"r\"\n",
    "[[timeline]]\ndo = \"create-group-rule\"\nrule = \"r\"\nwhen = \"user.title == \\\"x\\\"\"\ngroups = [\"eng\"]\n[[timeline]]\ndo = \"activate-group-rule\"\nrule = \"r\"\n[[timeline]]\ndo = \"delete-group-rule\"\nrule = \"r\"\n",
    "[[timeline]]\ndo = \"create-push-rule\"\nrule = \"r\"\n",
    "[[timeline]]\ndo = \"push-group\"\ngroup = \"eng\"\n[[timeline]]\ndo = \"push-group\"\ngroup = \"eng\"\n",
    "[[timeline]]\ndo = \"push-group\"\ngroup = \"eng\"\n[[timeline]]\ndo = \"delete-group\"\ngroup = \"eng\"\n",
    "[[timeline]]\ndo = \"refresh-app-groups\"\n",
    "[[timeline]]\ndo = \"set-mapping\"\nrow = \"titel\"\nexpression = \"user.title\"\n",
    "[[timeline]]\ndo = \"set-mapping\"\nrow = \"title\"\nexpression = \"user.title +\"\n",
    "[[timeline]]\ndo = \"set-username-format\"\nformat = \"emial\"\n",
    "[[timeline]]\ndo = \"disable-provisioning\"\n[[timeline]]\ndo = \"disable-provisioning\"\n",
    "[[timeline]]\ndo = \"assign\"\npeople = [\"ada\"]\n[timeline.attributes]\ntitel = \"x\"\n",
];

/// Complete files.
const FILES: &[&str] = &[
    "nmae = \"x\"\nname = \"x\"\n[[app]]\nlabel = \"app\"\n[people.ada]\n[groups]\neng = [\"ada\"]\n[[timeline]]\ndo = \"import\"\n",
    "pace = \"fast\"\nname = \"x\"\n[[app]]\nlabel = \"app\"\n[people.ada]\n[groups]\neng = [\"ada\"]\n[[timeline]]\ndo = \"import\"\n",
    "author = \"x\"\nname = \"x\"\n[[app]]\nlabel = \"app\"\n[people.ada]\n[groups]\neng = [\"ada\"]\n[[timeline]]\ndo = \"import\"\n",
    "[[app]]\nlabel = \"app\"\n[people.ada]\n[groups]\neng = [\"ada\"]\n[[timeline]]\ndo = \"import\"\n",
    "name = \"x\"\n[[timeline]]\ndo = \"import\"\n",
    "name = \"x\"\n[app]\nlabel = \"a\"\n[[timeline]]\ndo = \"import\"\n",
    "name = \"x\"\n[[app]]\nlabel = \"app\"\n[[people]]\n[groups]\neng = [\"ada\"]\n[[timeline]]\ndo = \"import\"\n",
    "name = \"x\"\n[[app]]\nlabel = \"app\"\n[people]\nada = \"Ada\"\n[groups]\neng = [\"ada\"]\n[[timeline]]\ndo = \"import\"\n",
    "name = \"x\"\n[[app]]\nlabel = \"app\"\n[people.ada]\ntitle = 3\n[groups]\neng = [\"ada\"]\n[[timeline]]\ndo = \"import\"\n",
    "name = \"x\"\n[[app]]\nlabel = \"app\"\n[people.ada]\n[groups]\neng = \"ada\"\n[[timeline]]\ndo = \"import\"\n",
    "name = \"x\"\n[[app]]\nlabel = \"app\"\n[people.ada]\n[groups]\neng = [\"ada\", \"bob\"]\n[[timeline]]\ndo = \"import\"\n",
    "name = \"x\"\n[[app]]\nlabel = \"app\"\n[people.ada]\n[groups]\neng = [\n  \"ada\",\n  \"bob\",\n]\n[[timeline]]\ndo = \"import\"\n",
    "audit = true\nname = \"x\"\n[[app]]\nlabel = \"app\"\n[people.ada]\n[groups]\neng = [\"ada\"]\n[[timeline]]\ndo = \"import\"\n",
];
