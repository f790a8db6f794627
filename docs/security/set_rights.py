"""Set who may do what with the files of an installation: `sudo python docs/security/set_rights.py HOME OPTIONS`.

    --owner USER      runs the pipeline: owns everything, is nobody's login
    --readers GROUP   viewers, BI tools, the web server: may read releases and `current`, nothing else
    --senders GROUP   data owners: may also put files into the landing folders, and take away only their own

Archive, build, lake, secrets, Airflow's files and survey data are the owner's alone. It can be run again at any time;
what the pipeline makes later in these folders keeps the group and gets its rights from the umask (027 for the service).
"""

from __future__ import annotations

import argparse
import grp
import os
import pwd
from pathlib import Path

#: Folder below the home -> who has it, mode of folders, mode of files (None: as they are).
RIGHTS = {
    "releases": ("readers", 0o2750, 0o640),
    "landing": ("senders", 0o3770, None),
    "archive": ("owner", 0o700, None),
    "build": ("owner", 0o700, None),
    "lake": ("owner", 0o700, None),
    "quarantine": ("owner", 0o700, None),
    "corrections": ("owner", 0o700, None),
    "secrets": ("owner", 0o700, 0o600),
    "airflow": ("owner", 0o700, None),
    "alerts": ("owner", 0o700, None),
    "portal": ("owner", 0o700, None),
    "survey": ("owner", 0o700, None),
}


def set_rights(home: Path, owner: int, readers: int, senders: int) -> None:
    """Give the folders of `home` their owner, group and mode; links are given to their owner and never followed."""
    groups = {"owner": pwd.getpwuid(owner).pw_gid, "readers": readers, "senders": senders}
    os.chown(home, owner, groups["owner"])
    # Whoever may go further in passes through here; nobody else can list it.
    home.chmod(0o711)
    for name, (who, folder_mode, file_mode) in RIGHTS.items():
        top = home / name
        if not top.is_dir() or top.is_symlink():
            continue
        os.chown(top, owner, groups[who])
        top.chmod(folder_mode)
        for path in top.rglob("*"):
            is_senders_file = who == "senders" and not path.is_dir()
            os.chown(path, -1 if is_senders_file else owner, groups[who], follow_symlinks=False)
            if path.is_symlink():
                continue
            if path.is_dir():
                path.chmod(folder_mode)
            elif file_mode is not None:
                path.chmod(file_mode)


def main() -> None:
    """Read the names and set the rights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("home", type=Path)
    for option in ("owner", "readers", "senders"):
        parser.add_argument(f"--{option}", required=True)
    given = parser.parse_args()
    home = given.home.resolve(strict=True)
    if not (home / "releases").is_dir():
        parser.error(f"{home} is no REFORM_HOME: it has no folder releases")
    owner = pwd.getpwnam(given.owner).pw_uid
    set_rights(home, owner, grp.getgrnam(given.readers).gr_gid, grp.getgrnam(given.senders).gr_gid)
    print(f"{home}: owner {given.owner}, read by {given.readers}, sent to by {given.senders}")


if __name__ == "__main__":
    main()
