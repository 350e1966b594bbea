// Which debuginfod server does each distribution's os-release lead to?
import { expect, it } from "vitest";
import { serverOf } from "../../../src/symbols/distribution-server.js";

const debian = `PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
NAME="Debian GNU/Linux"
VERSION_ID="12"
VERSION_CODENAME=bookworm
ID=debian
`;
const mint = `NAME="Linux Mint"
ID=linuxmint
ID_LIKE="ubuntu debian"
UBUNTU_CODENAME=noble
`;

it.each([
  ["Debian", debian, "https://debuginfod.debian.net"],
  ["Ubuntu", "ID=ubuntu\nID_LIKE=debian\nUBUNTU_CODENAME=noble\n", "https://debuginfod.ubuntu.com"],
  ["what has Ubuntu's packages", mint, "https://debuginfod.ubuntu.com"],
  ["Fedora", "ID=fedora\nVERSION_ID=41\n", "https://debuginfod.fedoraproject.org"],
  ["Arch", 'ID="arch"\n', "https://debuginfod.archlinux.org"],
  ["openSUSE", "ID='opensuse-tumbleweed'\nID_LIKE=\"opensuse suse\"\n", "https://debuginfod.opensuse.org"],
  ["CentOS", 'ID="centos"\nID_LIKE="rhel fedora"\n', "https://debuginfod.centos.org"],
])("%s has a server of its own", (_, osRelease, url) => {
  expect(serverOf(osRelease)).toEqual({ url, note: "" });
});

it.each([
  [
    "a distribution that has none",
    "ID=gentoo\n",
    /^no server is known for the distribution gentoo; .* DEBUGINFOD_URLS names another$/,
  ],
  ["one that is only like another", 'ID=rocky\nID_LIKE="rhel centos fedora"\n', /the distribution rocky;/],
  ["a system without os-release", "", /^this system has no os-release; /],
  ["a name that is none", "ID=constructor\n", /the distribution constructor;/],
])("%s is sent to elfutils' own, and told so in a sentence that says what to set", (_, osRelease, note) => {
  expect(serverOf(osRelease)).toEqual({ url: "https://debuginfod.elfutils.org", note: expect.stringMatching(note) });
});
