//! Neovim 0.11: the main job with a client that opted in, and with one that has
//! nothing but what Neovim brings.

use serde_json::json;
use tiro_tests::{
    binary,
    model::{Model, Turn, Wire},
    process::run,
    project::Project,
};

use crate::jobs::{SOURCE, TEST, patch, shell};

fn main_job(mode: &str, approval: &str) {
    let Some(nvim) = crate::editor("Neovim", "TIRO_NVIM", "nvim/bin/nvim") else { return };
    let model = Model::start([
        shell("run_1"),
        Turn::new().call("read_1", "read_file", &json!({"path": "add.sh"})),
        patch("patch_1"),
        shell("run_2"),
        Turn::new().text("The sign ").text("was wrong."),
    ]);
    let config = format!(
        "approval_policy = \"{approval}\"\n\
         sandbox_permissions = [\"disk-full-read-access\", \"disk-write-cwd\"]"
    );
    let project = Project::new(&[("add.sh", SOURCE), ("test.sh", TEST)])
        .configured(&model.base_url(), Wire::Chat, &config, "")
        .with_variable("TIRO_BIN", binary::tiro().to_str().unwrap())
        .with_variable("TIRO_MODE", mode);
    let spec = concat!(env!("CARGO_MANIFEST_DIR"), "/editors/neovim/spec.lua");
    let output = run(&project.start(&nvim, &["--headless", "--clean", "-l", spec]), "").unwrap();
    assert!(
        output.status.success(),
        "{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    let last = model.request(5);
    assert!(last.tool_output("run_1").contains("FAIL"));
    assert!(last.tool_output("read_1").contains("typed and not saved"));
    model.finish();
}

#[test]
fn neovim_does_the_main_job_with_events() {
    main_job("opted_in", "never");
}

#[test]
fn neovim_does_the_main_job_with_nothing_but_lsp() {
    main_job("plain", "unless-allow-listed");
}
