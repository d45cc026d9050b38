/* SPDX-License-Identifier: MIT */
/* disk.h - on-disk structures that more than one module reads: bytes to struct,
 * no I/O
 *
 * A decoder takes a buffer that begins where the structure does, and writes
 * *ret on success only. Offsets and sizes are bytes unless their name says
 * otherwise; _at: an offset, from the start of the structure or of what it
 * describes.
 */
#ifndef ROMSPLIT_DISK_H
#define ROMSPLIT_DISK_H

#include "romsplit/base.h"

/* ---- ext2, ext3, ext4 ---------------------------------------------------- */

#define ROM_EXT4_SUPER_AT  1024
#define ROM_EXT4_SUPER_LEN 1024

/* Bits of compat, incompat and ro_compat */
enum {
	ROM_EXT4_COMPAT_JOURNAL = 0x4,
	ROM_EXT4_INCOMPAT_RECOVER = 0x4,
	ROM_EXT4_INCOMPAT_EXTENTS = 0x40,
	ROM_EXT4_INCOMPAT_64BIT = 0x80,
	ROM_EXT4_INCOMPAT_ENCRYPT = 0x10000,
	ROM_EXT4_RO_COMPAT_METADATA_CSUM = 0x400,
};

/* A superblock of ext2, ext3 or ext4. */
struct rom_ext4_super {
	uint32_t block_size;
	uint64_t blocks, free_blocks;
	uint32_t inodes, inodes_per_group, blocks_per_group, first_block;
	uint16_t inode_size; /* bytes */
	uint16_t state;
	uint32_t compat, incompat, ro_compat;
	uint8_t uuid[16];
	char label[17], last_mounted[65];
	uint32_t mount_time, write_time, made_time; /* seconds since 1970 */
	/* which group's copy this is */
	uint16_t group;
	bool has_csum, csum_good;
};

/* Decodes a superblock. ROM_NO_MATCH without the magic 53 EF at 0x38;
 * ROM_E_CORRUPT, with the field in err, when a value is not valid. Layout:
 * Linux fs/ext4/ext4.h. */
enum rom_status rom_ext4_super_decode(
	struct rom_buffer *v, struct rom_ext4_super *ret, struct rom_err *err);
/* "ext4", "ext3" or "ext2", by its features; a literal. */
const char *rom_ext4_super_kind(const struct rom_ext4_super *sb);

/* ---- f2fs: blocks of 4 KiB; layouts: include/linux/f2fs_fs.h of Linux ---- */

#define ROM_F2FS_SUPER_AT  0x400
#define ROM_F2FS_SUPER2_AT 0x1400
#define ROM_F2FS_SUPER_LEN 0xc00
#define ROM_F2FS_BLOCK	   4096
#define ROM_F2FS_SEGMENT   512	      /* blocks */
#define ROM_F2FS_CRC_SEED  0xf2f52010 /* of all CRC-32 but those of inodes */

/* Bits of feature */
enum {
	ROM_F2FS_FEATURE_ENCRYPT = 0x1,
	ROM_F2FS_FEATURE_ZONED = 0x2,
	ROM_F2FS_FEATURE_INODE_CRC = 0x20,
	ROM_F2FS_FEATURE_FLEXIBLE_XATTR = 0x40,
	ROM_F2FS_FEATURE_CRTIME = 0x100,
	ROM_F2FS_FEATURE_SUPER_CRC = 0x800,
	ROM_F2FS_FEATURE_COMPRESSION = 0x2000,
	/* what is not known of features is taken to be there; an inode without
	   the extra fields has none of them */
	ROM_F2FS_FEATURES_GUESSED = ROM_F2FS_FEATURE_COMPRESSION |
				    ROM_F2FS_FEATURE_FLEXIBLE_XATTR |
				    ROM_F2FS_FEATURE_CRTIME,
};

/* A superblock of f2fs; areas begin at block numbers. */
struct rom_f2fs_super {
	uint16_t major, minor;
	uint32_t block_size;
	uint64_t blocks;
	uint32_t feature;
	uint8_t uuid[16];
	char label[129]; /* ASCII part */
	char version[129];
	uint32_t segment_log; /* log2 of the blocks of a segment */
	uint32_t ckpt_segments, sit_segments, nat_segments, main_segments;
	/* where the areas begin */
	uint32_t cp_block, sit_block, nat_block, ssa_block, main_block;
	/* inodes; 0: none */
	uint32_t root, quota[3];
	/* blocks of bitmaps behind the first of a checkpoint */
	uint32_t cp_payload;
	uint32_t devices;
	bool has_crc, crc_good;
};

/* Decodes a superblock. ROM_NO_MATCH without the magic 10 20 F5 F2;
 * ROM_E_CORRUPT when the size of its blocks or their number is not valid. */
enum rom_status rom_f2fs_super_decode(
	struct rom_buffer *v, struct rom_f2fs_super *ret, struct rom_err *err);
/* Whether a filesystem can be read by this superblock, which lies at offset of
 * the dump. ROM_E_CORRUPT when its checksum does not agree or its areas
 * overlap; ROM_E_INPUT when it is a kind that is not read: another block size,
 * several devices, zones. */
enum rom_status rom_f2fs_super_check(
	const struct rom_f2fs_super *sb, uint64_t offset, struct rom_err *err);

/* Bits of flags in a checkpoint */
enum {
	ROM_F2FS_CP_UNMOUNTED = 0x1,
	ROM_F2FS_CP_COMPACT = 0x4, /* summaries in short form */
	ROM_F2FS_CP_ERROR = 0x8,
	ROM_F2FS_CP_FASTBOOT = 0x20,
	/* node footers carry the CRC of the checkpoint too */
	ROM_F2FS_CP_CRC_RECOVERY = 0x40,
	ROM_F2FS_CP_NOCRC_RECOVERY = 0x200,
	ROM_F2FS_CP_LARGE_NAT = 0x400,
};

/* A checkpoint: what was consistent on the medium when it was written. */
struct rom_f2fs_checkpoint {
	uint64_t version;
	uint32_t flags;
	uint32_t blocks;    /* of the whole pack */
	uint32_t summaries; /* the block of the pack where they begin */
	uint32_t crc;
	uint32_t valid_nodes, valid_inodes, free_segments;
	uint64_t valid_blocks;
	/* being written: hot, warm, cold */
	uint32_t node_segment[3], data_segment[3];
	uint16_t node_offset[3], data_offset[3]; /* the next block in each */
	uint32_t sit_bitmap_len, nat_bitmap_len;
	size_t sit_bitmap_at, nat_bitmap_at; /* from the start of the pack */
};

/* Decodes the first block of a checkpoint pack, which its CRC, not checked
 * here, protects. ROM_NO_MATCH when it is none. */
enum rom_status rom_f2fs_checkpoint_decode(struct rom_buffer *v,
	const struct rom_f2fs_super *sb, struct rom_f2fs_checkpoint *ret);
/* The bytes that the CRC covers: two parts, the second may be empty. */
void rom_f2fs_checkpoint_covered(struct rom_buffer *v, struct rom_buffer *first,
	struct rom_buffer *rest);
/* Bit i of a bitmap of len bytes of the checkpoint; the first is the highest of
 * the first byte. False past the end. */
bool rom_f2fs_bit(const uint8_t *bitmap, size_t len, uint64_t i);

#define ROM_F2FS_NAT_ENTRIES 455  /* in a block */
#define ROM_F2FS_NAT_JOURNAL 38	  /* entries at most */
#define ROM_F2FS_JOURNAL_AT  3584 /* in a summary block; 0 in a compact one */
#define ROM_F2FS_JOURNAL_LEN 507

/* Of the node address table: where a node lies. */
struct rom_f2fs_nat {
	uint32_t ino, block; /* block 0: free */
};
/* Entry i, below ROM_F2FS_NAT_ENTRIES, of a block of the table. */
struct rom_f2fs_nat rom_f2fs_nat_entry(struct rom_buffer *block, uint32_t i);
/* Entry i of the NAT journal that v begins with; *ret_nid: the node it is
 * for. */
struct rom_f2fs_nat rom_f2fs_nat_journal(
	struct rom_buffer *v, uint32_t i, uint32_t *ret_nid);

#define ROM_F2FS_FOOTER_AT  4072
#define ROM_F2FS_ADDRESSES  923 /* block numbers in an inode, at most */
#define ROM_F2FS_ADDRESS_AT 360
/* five nodes: two direct, two indirect, one double indirect */
#define ROM_F2FS_NID_AT 4052
/* block numbers, or numbers of nodes, in any other node */
#define ROM_F2FS_PER_NODE 1018
/* the place of the node of attributes among the nodes of a file */
#define ROM_F2FS_XATTR_NODE 0x1fffffff
#define ROM_F2FS_HOLE	    0
#define ROM_F2FS_RESERVED   0xffffffff /* allocated, nothing written */
/* the blocks that follow hold this cluster compressed */
#define ROM_F2FS_COMPRESSED 0xfffffffe

/* The end of a node: what it is. */
struct rom_f2fs_footer {
	uint32_t nid, ino;
	uint32_t node_ofs;   /* among the nodes of the file; 0: the inode */
	bool fsynced, names; /* to be recovered; its name too */
	uint64_t version;
	uint32_t next; /* block of the node written after it */
};
/* Decodes the footer of a node of ROM_F2FS_BLOCK bytes. */
struct rom_f2fs_footer rom_f2fs_footer_decode(struct rom_buffer *node);

/* nodes are numbered from below; the bitmap of a checkpoint has room for 14
 * million */
#define ROM_F2FS_MAX_NIDS (1u << 24)
/* True when a block can be nothing but a node of a filesystem of so many
 * blocks: for where no table leads to it. */
bool rom_f2fs_is_node(struct rom_buffer *block, uint64_t blocks);

/* Bits of inlined, advise and flags of an inode */
enum {
	ROM_F2FS_INLINE_XATTR = 0x1,
	ROM_F2FS_INLINE_DATA = 0x2,
	ROM_F2FS_INLINE_NAMES = 0x4,
	ROM_F2FS_DATA_EXIST = 0x8,
	ROM_F2FS_EXTRA_ATTR = 0x20,
	ROM_F2FS_ADVISE_ENCRYPT = 0x4,
	ROM_F2FS_ADVISE_KEEP_SIZE = 0x10,
	ROM_F2FS_FLAG_COMPRESSED = 0x4,
	ROM_F2FS_FLAG_CASEFOLD = 0x40000000,
};

/* A time as inodes store it. */
struct rom_f2fs_time {
	int64_t sec;
	uint32_t nsec;
};

/* An inode, and where in its node the parts lie. */
struct rom_f2fs_inode {
	uint16_t mode;
	uint8_t advise, inlined;
	uint32_t uid, gid, links;
	uint64_t size;
	struct rom_f2fs_time atime, ctime, mtime, crtime;
	uint32_t generation, xattr_nid, flags, parent;
	uint8_t name[255], name_len;
	uint32_t rdev[2]; /* of a device: old and new form */
	/* in the node: its block numbers begin here */
	size_t address_at;
	uint32_t addresses;	      /* and are so many */
	size_t inline_at, inline_len; /* the data or names it holds itself */
	size_t xattr_at, xattr_len;   /* the attributes it holds itself */
	bool has_crtime, has_crc;
	uint32_t crc;
	bool compressed;
	uint8_t algorithm, cluster_log; /* log2 of the blocks of a cluster */
	bool compress_crc;
};

/* Decodes the inode in a node of ROM_F2FS_BLOCK bytes. feature: of the
 * superblock. False when the node is shorter, or the parts do not fit into
 * it. */
bool rom_f2fs_inode_decode(
	struct rom_buffer *node, uint32_t feature, struct rom_f2fs_inode *ret);

/* A table of names: a bitmap, entries of 11 bytes, name slots of 8 bytes. */
struct rom_f2fs_names {
	uint32_t slots;
	size_t entry_at, name_at;
};
/* That of a directory's block. */
extern const struct rom_f2fs_names rom_f2fs_block_names;
/* That of the inline names of an inode, which take len bytes. */
struct rom_f2fs_names rom_f2fs_inline_names(size_t len);

/* A name in such a table. */
struct rom_f2fs_entry {
	uint32_t hash, ino;
	uint8_t type;
	const uint8_t *name; /* borrowed from the buffer, no NUL behind */
	size_t len;
	uint32_t next; /* slot after it */
};
/* The entry at or after a slot. ROM_NO_MATCH: there is none. ROM_E_CORRUPT: it
 * is not valid, and has no name; the listing goes on at its next. */
enum rom_status rom_f2fs_entry_at(struct rom_buffer *v,
	const struct rom_f2fs_names *names, uint32_t slot,
	struct rom_f2fs_entry *ret);
/* The hash of a name that directories are sorted by. */
uint32_t rom_f2fs_hash(const uint8_t *name, size_t len);

/* ---- LZO ----------------------------------------------------------------- */

/* Unpacks LZO1X with the run-length extension of Linux ("lzo-rle"), and without
 * it. True when exactly out_len bytes came out and the stream ended there. */
bool rom_lzo_rle_unpack(
	const uint8_t *in, size_t in_len, uint8_t *out, size_t out_len);

/* ---- FAT12, FAT16, FAT32 and exFAT --------------------------------------- */

#define ROM_FAT_BOOT_LEN 512

/* A boot sector of FAT12, FAT16 or FAT32; _at: from the start of the
 * filesystem. */
struct rom_fat_boot {
	unsigned bits;		    /* of an entry of the FAT: 12, 16 or 32 */
	uint32_t sector, cluster;   /* bytes */
	uint32_t clusters;	    /* numbered from 2 */
	uint32_t root_cluster;	    /* FAT32 only */
	uint64_t size;		    /* bytes of the filesystem */
	uint64_t fat_at, fat_len;   /* the first FAT; the second follows it */
	uint64_t root_at, root_len; /* the root of FAT12 and FAT16 */
	uint64_t data_at;	    /* cluster 2 */
	/* FAT32: where the boot sector has its copy; 0: none */
	uint64_t copy_at;
	unsigned fats, active_fat;
	bool one_fat; /* the others are not kept up to date */
	uint8_t media;
	uint32_t serial;
	char label[12];
};

/* Decodes a boot sector. ROM_NO_MATCH when it is none. Layout: Microsoft FAT
 * specification. */
enum rom_status rom_fat_boot_decode(
	struct rom_buffer *v, struct rom_fat_boot *ret);

/* A boot sector of exFAT; _at: from the start of the filesystem. */
struct rom_exfat_boot {
	uint32_t sector, cluster; /* bytes */
	uint32_t clusters, root_cluster;
	uint64_t size, fat_at, fat_len, data_at;
	unsigned fats, active_fat;
	uint32_t serial;
	/* FAT and clusters lie one after the other, inside of the
	 * filesystem */
	bool has_layout;
};

/* Decodes a boot sector. ROM_NO_MATCH when it is none. Layout: Microsoft exFAT
 * specification. */
enum rom_status rom_exfat_boot_decode(
	struct rom_buffer *v, struct rom_exfat_boot *ret);
/* The checksum over the first eleven sectors, len bytes, of a boot region. */
uint32_t rom_exfat_boot_sum(const uint8_t *region, size_t len);

/* ---- MediaTek images and preloaders -------------------------------------- */

#define ROM_MTK_HEADER_LEN 512

/* MediaTek's header of an image. */
struct rom_mtk_header {
	char name[33];
	uint64_t size;	 /* bytes of the body, which follows the header */
	uint32_t header; /* bytes of the header */
	/* the next header lies at a multiple of this; 1: none */
	uint32_t align;
	bool extended, last;
};

/* Decodes the header before lk, logo, tee, md1img, ... ROM_NO_MATCH without the
 * magic 88 16 88 58. Layout: mediatek lk and preloader sources, see
 * docs/FORMATS.md. */
enum rom_status rom_mtk_header_decode(
	struct rom_buffer *v, struct rom_mtk_header *ret);

/* How much of a preloader is read to decode it: the longest on record is 440
 * KiB. */
#define ROM_PRELOADER_READ 0x100000

/* A preloader, and what it says of itself. */
struct rom_preloader {
	/* "emmc", "ufs" or NULL for a bare .bin, a literal */
	const char *medium;
	/* the flashable .bin is these bytes of what was read */
	uint64_t begin, len;
	/* AND_ROMINFO: may be wrong by design; empty when not found */
	char platform[17];
	/* from a source path: "MT6797"; empty when not found */
	char path_chip[17];
	size_t path_chip_at;
	/* MTK_BLOADER_INFO: "preloader_xxx.bin"; empty when not found */
	char file_name[62];
	uint32_t load_address;
};

/* Decodes a raw boot1 or LU0 dump, or a bare preloader .bin, of which v has
 * ROM_PRELOADER_READ bytes or all. ROM_NO_MATCH for anything else, EMI stubs
 * included; ROM_E_CORRUPT when its lengths are not valid. */
enum rom_status rom_preloader_decode(
	struct rom_buffer *v, struct rom_preloader *ret, struct rom_err *err);

/* The first "mtNNNN" or "MTNNNN" that follows prefix in v, upper case, into
 * chip (17 bytes); its offset, or SIZE_MAX. */
size_t rom_chip_after(
	const struct rom_buffer *v, const char *prefix, char *chip);

/* ---- Android boot images ------------------------------------------------- */

#define ROM_BOOT_HEADER_LEN 4096

/* The header of an Android boot image; _at: from its start. */
struct rom_boot {
	uint32_t version; /* 0..4 */
	uint32_t page;
	/* bytes */
	uint32_t kernel, ramdisk, second, recovery_dtbo, dtb, signature;
	uint64_t kernel_at, ramdisk_at;
	uint64_t dtb_at;     /* 0: none */
	uint64_t used;	     /* bytes of the image */
	uint32_t os_version; /* packed, see rom_boot_os */
	char name[17], cmdline[1537];
};

/* Decodes a header. ROM_NO_MATCH without "ANDROID!"; ROM_E_CORRUPT when its
 * sizes are not valid. Layout: AOSP
 * system/tools/mkbootimg/include/bootimg/bootimg.h. */
enum rom_status rom_boot_decode(
	struct rom_buffer *v, struct rom_boot *ret, struct rom_err *err);
/* "6.0.0" and "2017-05" from the packed field; empty strings when it is 0. Each
 * holds 16 bytes. */
void rom_boot_os(uint32_t encoded, char *version, char *patch);

/* ---- logical partitions: the metadata in super --------------------------- */

#define ROM_LP_GEOMETRY_LEN 52
#define ROM_LP_METADATA_MAX (1 << 20) /* of one slot; Android writes 64 KiB */
#define ROM_LP_MAX_SLOTS    8

/* Where the metadata of super lies. */
struct rom_lp_geometry {
	uint32_t metadata_max; /* bytes of a slot */
	uint32_t slots;
	uint32_t block_size; /* bytes */
};

/* A piece of a logical partition. */
struct rom_lp_extent {
	uint64_t offset, len; /* on the device */
	bool zero;	      /* it lies nowhere and reads as zeros */
	bool good;	      /* its numbers are valid */
	uint32_t device;      /* number in devices */
};

/* A logical partition. */
struct rom_lp_partition {
	char name[37];
	uint32_t attributes;
	bool good; /* its extents are in the list */
	size_t first_extent, n_extents;
};

/* A partition that logical ones lie on. */
struct rom_lp_device {
	char name[37]; /* of the partition in the dump's table */
	uint64_t size;
};

/* The metadata of one slot. Released with rom_lp_metadata_done. */
struct rom_lp_metadata {
	ROM_VEC(struct rom_lp_partition) partitions;
	ROM_VEC(struct rom_lp_extent) extents;
	ROM_VEC(struct rom_lp_device) devices;
};

/* Decodes the geometry. ROM_NO_MATCH without the magic "gDla"; ROM_E_CORRUPT
 * when the checksum does not agree or sizes are not valid. Layout: AOSP
 * system/core/fs_mgr/liblp/include/liblp/metadata_format.h. */
enum rom_status rom_lp_geometry_decode(
	struct rom_buffer *v, struct rom_lp_geometry *ret, struct rom_err *err);
/* Decodes the metadata of one slot. ROM_NO_MATCH without the magic "0PLA";
 * ROM_E_CORRUPT when checksums do not agree or sizes are not valid. */
enum rom_status rom_lp_metadata_decode(
	struct rom_buffer *v, struct rom_lp_metadata *ret, struct rom_err *err);
/* Frees what m holds and leaves it empty. */
void rom_lp_metadata_done(struct rom_lp_metadata *m);

/* ---- Android full-disk encryption footer --------------------------------- */

#define ROM_CRYPT_FOOTER_LEN  2352
#define ROM_CRYPT_FOOTER_AREA 0x4000

#define ROM_CRYPT_BLOB_MAX 2048 /* bytes of a keymaster blob */
#define ROM_CRYPT_KEY_MAX  48	/* bytes of a wrapped key */

/* Bits of flags in a footer */
enum {
	ROM_FDE_KEY_PLAIN = 1,
	ROM_FDE_IN_PROGRESS = 2,
	ROM_FDE_INCONSISTENT = 4,
	ROM_FDE_CORRUPT = 8,
	ROM_FDE_FORCE = 0x10
};

/* What the phone asks for: crypt_type of a footer. */
enum rom_fde_secret {
	ROM_FDE_PASSWORD,
	ROM_FDE_DEFAULT,
	ROM_FDE_PATTERN,
	ROM_FDE_PIN
};

/* The footer of Android's full-disk encryption. */
struct rom_crypt_footer {
	uint16_t major, minor;
	uint32_t flags;
	uint32_t key_size;   /* bytes */
	uint32_t failed;     /* attempts */
	uint32_t crypt_type; /* enum rom_fde_secret; minor 3, else 0 */
	uint64_t fs_sectors; /* of 512 bytes */
	char cipher[65];
	uint8_t wrapped[ROM_CRYPT_KEY_MAX]; /* key_size bytes */
	uint8_t salt[16];
	/* 1 PBKDF2, 2 scrypt, 3..5 with keymaster */
	uint8_t kdf;
	uint8_t scrypt[3];	 /* logarithms of N, r, p */
	uint64_t encrypted_upto; /* sectors of 512 bytes; minor 3 */
	/* SHA-256 of 4096 decrypted bytes; zeros: not there */
	uint8_t first_block[ROM_SHA256_LEN];
	/* scrypt of the intermediate key; zeros: not there */
	uint8_t check[32];
	uint32_t keymaster_blob; /* bytes */
	uint8_t blob[ROM_CRYPT_BLOB_MAX];
	bool software_blob, samsung;
	/* where its persistent data lie, from its start; 0: nowhere */
	uint32_t persist_at;
};

/* Decodes a footer. ROM_NO_MATCH without the magic C4 B1 B5 D0 (or Samsung's C5
 * B1 B5 D0), or when a field is not valid. Layout: LineageOS
 * android_system_vold cryptfs.h. */
enum rom_status rom_crypt_footer_decode(
	struct rom_buffer *v, struct rom_crypt_footer *ret);
/* The RSA key (PKCS#1 DER) in an old software keymaster blob, borrowed from f;
 * empty when the blob is another. */
struct rom_buffer rom_crypt_soft_key(const struct rom_crypt_footer *f);
/* Entry i of the persistent data in v, readable without the password. False
 * past the last. */
bool rom_crypt_persist(
	struct rom_buffer *v, unsigned i, char key[33], char value[93]);

/* The AES key that lies open in the blob of a software keymaster. False when v
 * is no such blob. */
bool rom_soft_key_decode(struct rom_buffer *v, uint8_t key[32]);

/* ---- fscrypt context: the xattr "c" of index 9 --------------------------- */

/* How a file or directory is encrypted. */
struct rom_fscrypt {
	uint8_t version;		/* 1 or 2 */
	uint8_t contents, names, flags; /* modes: see rom_fscrypt_mode_name */
	/* log2 of the bytes of a data unit; 0: a block of the filesystem */
	uint8_t unit_log;
	uint8_t key[16]; /* descriptor (8 bytes) or identifier (16) */
	size_t key_len;	 /* of key */
	uint8_t nonce[16];
};

/* Decodes a context. ROM_NO_MATCH when the bytes are none. Layout: Linux
 * fs/crypto/fscrypt_private.h. */
enum rom_status rom_fscrypt_decode(
	struct rom_buffer *v, struct rom_fscrypt *ret);
/* The name of a mode: "AES-256-XTS", ...; "unknown" for others; a literal. */
const char *rom_fscrypt_mode_name(uint8_t mode);

#endif
