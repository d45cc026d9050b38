/* SPDX-License-Identifier: MIT */
/* disk.h - on-disk structures that more than one module reads: bytes to struct,
 * no I/O A decoder takes a buffer that begins where the structure does, and
 * writes *ret on success only. Offsets and sizes are bytes unless their name
 * says otherwise; _at: an offset, from the start of the structure or of what it
 * describes. */
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
	/* the block group that holds this copy */
	uint16_t group;
	bool has_csum, csum_good;
};

/* Decodes a superblock. ROM_NO_MATCH without the magic 53 EF at 0x38;
 * ROM_E_CORRUPT, with the field in err, when a value is not valid. Layout:
 * Linux fs/ext4/ext4.h. */
enum rom_status rom_ext4_super_decode(
	struct rom_buffer *v, struct rom_ext4_super *ret, struct rom_err *err);
/* Returns "ext4", "ext3" or "ext2", depending on its features; a literal. */
const char *rom_ext4_super_kind(const struct rom_ext4_super *sb);

/* ---- f2fs: blocks of 4 KiB; layouts: include/linux/f2fs_fs.h of Linux ---- */

#define ROM_F2FS_SUPER_AT  0x400
#define ROM_F2FS_SUPER2_AT 0x1400
#define ROM_F2FS_SUPER_LEN 0xc00
#define ROM_F2FS_BLOCK	   4096
#define ROM_F2FS_SEGMENT   512 /* blocks */
/* of all CRC-32s except those of inodes */
#define ROM_F2FS_CRC_SEED 0xf2f52010

/* Bits of feature */
enum {
	ROM_F2FS_FEATURE_ENCRYPT = 0x1,
	ROM_F2FS_FEATURE_ZONED = 0x2,
	ROM_F2FS_FEATURE_INODE_CRC = 0x20,
	ROM_F2FS_FEATURE_FLEXIBLE_XATTR = 0x40,
	ROM_F2FS_FEATURE_CRTIME = 0x100,
	ROM_F2FS_FEATURE_SUPER_CRC = 0x800,
	ROM_F2FS_FEATURE_COMPRESSION = 0x2000,
	ROM_F2FS_FEATURE_RO = 0x4000,
	/* where the superblock is lost, these are assumed to be set; an inode
	 * without the extra fields uses none of them */
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
	/* inode numbers; 0: none */
	uint32_t root, quota[3];
	/* blocks of bitmaps after the first block of a checkpoint */
	uint32_t cp_payload;
	uint32_t devices;
	bool has_crc, crc_good;
};

/* Decodes a superblock. ROM_NO_MATCH without the magic 10 20 F5 F2;
 * ROM_E_CORRUPT when the block size or the number of blocks is invalid. */
enum rom_status rom_f2fs_super_decode(
	struct rom_buffer *v, struct rom_f2fs_super *ret, struct rom_err *err);
/* Checks that a filesystem can be read by this superblock, which lies at offset
 * in the dump. ROM_E_CORRUPT when its checksum does not match or its areas
 * overlap; ROM_E_INPUT when it is of an unsupported kind: another block size,
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

/* A checkpoint: the state of the filesystem that was consistent when it was
 * written. */
struct rom_f2fs_checkpoint {
	uint64_t version;
	uint32_t flags;
	uint32_t blocks;    /* of the pack */
	uint32_t summaries; /* block in the pack at which they begin */
	uint32_t crc;
	uint32_t valid_nodes, valid_inodes, free_segments;
	uint64_t valid_blocks;
	/* the segments being written: hot, warm, cold */
	uint32_t node_segment[3], data_segment[3];
	uint16_t node_offset[3], data_offset[3]; /* the next block in each */
	uint32_t sit_bitmap_len, nat_bitmap_len;
	size_t sit_bitmap_at, nat_bitmap_at; /* from the start of the pack */
};

/* Decodes the first block of a checkpoint pack. Its CRC is not checked here,
 * see rom_f2fs_checkpoint_covered. ROM_NO_MATCH when it is not one. */
enum rom_status rom_f2fs_checkpoint_decode(struct rom_buffer *v,
	const struct rom_f2fs_super *sb, struct rom_f2fs_checkpoint *ret);
/* The bytes that the CRC covers, in two parts; the second may be empty. */
void rom_f2fs_checkpoint_covered(struct rom_buffer *v, struct rom_buffer *first,
	struct rom_buffer *rest);
/* Bit i of a bitmap of len bytes in a checkpoint, the highest bit of a byte
 * first. False past the end. */
bool rom_f2fs_bit(const uint8_t *bitmap, size_t len, uint64_t i);

#define ROM_F2FS_NAT_ENTRIES 455  /* in a block */
#define ROM_F2FS_NAT_JOURNAL 38	  /* entries at most */
#define ROM_F2FS_JOURNAL_AT  3584 /* in a summary block; 0 in a compact one */
#define ROM_F2FS_JOURNAL_LEN 507

/* An entry of the node address table (NAT): where a node lies. */
struct rom_f2fs_nat {
	uint32_t ino, block; /* block 0: free */
};
/* Entry i, below ROM_F2FS_NAT_ENTRIES, of a block of the table. */
struct rom_f2fs_nat rom_f2fs_nat_entry(struct rom_buffer *block, uint32_t i);
/* Entry i of the NAT journal at the start of v; *ret_nid is the node that it is
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
/* node_ofs of the node that holds extended attributes */
#define ROM_F2FS_XATTR_NODE 0x1fffffff
#define ROM_F2FS_HOLE	    0
#define ROM_F2FS_RESERVED   0xffffffff /* allocated, nothing written */
/* the blocks that follow hold this cluster compressed */
#define ROM_F2FS_COMPRESSED 0xfffffffe

/* The footer of a node, which identifies it. */
struct rom_f2fs_footer {
	uint32_t nid, ino;
	uint32_t node_ofs;   /* among the nodes of the file; 0: the inode */
	bool fsynced, names; /* roll-forward applies to it; and to its dentry */
	uint64_t version;
	uint32_t next; /* block of the node written after it */
};
/* Decodes the footer of a node of ROM_F2FS_BLOCK bytes. */
struct rom_f2fs_footer rom_f2fs_footer_decode(struct rom_buffer *node);

/* node numbers are assigned from 0 up; the bitmap of a checkpoint is large
 * enough for 14 million */
#define ROM_F2FS_MAX_NIDS (1u << 24)
/* True when the block, judged by its content alone, is a node of a filesystem
 * of that many blocks. For scans, where no table leads to it. */
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

/* An inode, and the offsets of its parts in the node. */
struct rom_f2fs_inode {
	uint16_t mode;
	uint8_t advise, inlined;
	uint32_t uid, gid, links;
	uint64_t size;
	struct rom_f2fs_time atime, ctime, mtime, crtime;
	uint32_t generation, xattr_nid, flags, parent;
	uint8_t name[255], name_len;
	uint32_t rdev[2]; /* of a device file: old and new encoding */
	/* its block numbers begin at this offset of the node */
	size_t address_at;
	uint32_t addresses;	      /* and how many there are */
	size_t inline_at, inline_len; /* inline data or names */
	size_t xattr_at, xattr_len;   /* inline attributes */
	bool has_crtime, has_crc;
	uint32_t crc;
	bool compressed;
	uint8_t algorithm, cluster_log; /* log2 of the blocks of a cluster */
	bool compress_crc;
};

/* Decodes the inode in a node of ROM_F2FS_BLOCK bytes. feature is that of the
 * superblock. False when the node is shorter, or its parts do not fit into
 * it. */
bool rom_f2fs_inode_decode(
	struct rom_buffer *node, uint32_t feature, struct rom_f2fs_inode *ret);

/* The layout of a name table: a bitmap, entries of 11 bytes, name slots of 8
 * bytes. */
struct rom_f2fs_names {
	uint32_t slots;
	size_t entry_at, name_at;
};
/* The name table in a directory block. */
extern const struct rom_f2fs_names rom_f2fs_block_names;
/* The name table in an inode with len bytes of inline names. */
struct rom_f2fs_names rom_f2fs_inline_names(size_t len);

/* An entry of a name table. */
struct rom_f2fs_entry {
	uint32_t hash, ino;
	uint8_t type;
	const uint8_t *name; /* borrowed from the buffer, not NUL-terminated */
	size_t len;
	uint32_t next; /* slot after it */
};
/* Decodes the first entry at or after slot. ROM_NO_MATCH when there is none.
 * ROM_E_CORRUPT when it is invalid and has no name; the caller goes on at
 * ret->next. */
enum rom_status rom_f2fs_entry_at(struct rom_buffer *v,
	const struct rom_f2fs_names *names, uint32_t slot,
	struct rom_f2fs_entry *ret);
/* The hash by which directories sort their names. */
uint32_t rom_f2fs_hash(const uint8_t *name, size_t len);

/* ---- LZO ----------------------------------------------------------------- */

/* Decompresses LZO1X, with or without the run-length extension of Linux
 * ("lzo-rle"). True when the output is exactly out_len bytes and the stream
 * ends there. */
bool rom_lzo_rle_unpack(
	const uint8_t *in, size_t in_len, uint8_t *out, size_t out_len);

/* ---- FAT12, FAT16, FAT32 and exFAT --------------------------------------- */

#define ROM_FAT_BOOT_LEN 512

/* A boot sector of FAT12, FAT16 or FAT32; _at: from the start of the
 * filesystem. */
struct rom_fat_boot {
	unsigned bits;		    /* width of a FAT entry: 12, 16 or 32 */
	uint32_t sector, cluster;   /* bytes */
	uint32_t clusters;	    /* numbered from 2 */
	uint32_t root_cluster;	    /* FAT32 only */
	uint64_t size;		    /* bytes of the filesystem */
	uint64_t fat_at, fat_len;   /* the first FAT; the second follows it */
	uint64_t root_at, root_len; /* the root of FAT12 and FAT16 */
	uint64_t data_at;	    /* cluster 2 */
	/* FAT32: offset of the backup boot sector; 0: none */
	uint64_t copy_at;
	unsigned fats, active_fat;
	bool one_fat; /* the other FATs are not kept up to date */
	uint8_t media;
	uint32_t serial;
	char label[12];
};

/* Decodes a boot sector. ROM_NO_MATCH when it is not one. Layout: Microsoft FAT
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
	/* FAT and clusters do not overlap and lie inside the filesystem */
	bool has_layout;
};

/* Decodes a boot sector. ROM_NO_MATCH when it is not one. Layout: Microsoft
 * exFAT specification. */
enum rom_status rom_exfat_boot_decode(
	struct rom_buffer *v, struct rom_exfat_boot *ret);
/* The checksum of the first eleven sectors, len bytes, of a boot region. */
uint32_t rom_exfat_boot_sum(const uint8_t *region, size_t len);

/* ---- MediaTek images and preloaders -------------------------------------- */

#define ROM_MTK_HEADER_LEN 512

/* The header that MediaTek puts before an image. */
struct rom_mtk_header {
	char name[33];
	uint64_t size;	 /* bytes of the body, which follows the header */
	uint32_t header; /* bytes of the header */
	/* the next header is aligned to this; 1: there is none */
	uint32_t align;
	bool extended, last;
};

/* Decodes the header before lk, logo, tee, md1img, ... ROM_NO_MATCH without the
 * magic 88 16 88 58. Layout: mediatek lk and preloader sources, see
 * docs/FORMATS.md. */
enum rom_status rom_mtk_header_decode(
	struct rom_buffer *v, struct rom_mtk_header *ret);

/* How much of a preloader is read to decode it: the longest known one has 440
 * KiB. */
#define ROM_PRELOADER_READ 0x100000

/* A preloader, and what its own tables state. */
struct rom_preloader {
	/* "emmc", "ufs" or NULL for a bare .bin, a literal */
	const char *medium;
	/* the range of what was read that is the flashable .bin */
	uint64_t begin, len;
	/* AND_ROMINFO: vendors leave another chip's name here; empty when not
	 * found */
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
 * included; ROM_E_CORRUPT when its lengths are invalid. */
enum rom_status rom_preloader_decode(
	struct rom_buffer *v, struct rom_preloader *ret, struct rom_err *err);

/* Copies the first "mtNNNN" or "MTNNNN" that follows prefix in v, in upper
 * case, to chip (17 bytes). Returns its offset, or SIZE_MAX. */
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
	uint32_t os_version; /* encoded, see rom_boot_os */
	char name[17], cmdline[1537];
};

/* Decodes a header. ROM_NO_MATCH without "ANDROID!"; ROM_E_CORRUPT when its
 * sizes are not valid. Layout: AOSP
 * system/tools/mkbootimg/include/bootimg/bootimg.h. */
enum rom_status rom_boot_decode(
	struct rom_buffer *v, struct rom_boot *ret, struct rom_err *err);
/* Formats the encoded field as "6.0.0" and "2017-05"; empty strings where it is
 * 0. Each holds 16 bytes. */
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

/* An extent of a logical partition. */
struct rom_lp_extent {
	uint64_t offset, len; /* on the device */
	bool zero;	      /* not stored; reads as zeros */
	bool good;	      /* its numbers are valid */
	uint32_t device;      /* index in devices */
};

/* A logical partition. */
struct rom_lp_partition {
	char name[37];
	uint32_t attributes;
	bool good; /* its extents are in the list */
	size_t first_extent, n_extents;
};

/* A partition that holds logical ones. */
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
 * when the checksum does not match or sizes are invalid. Layout: AOSP
 * system/core/fs_mgr/liblp/include/liblp/metadata_format.h. */
enum rom_status rom_lp_geometry_decode(
	struct rom_buffer *v, struct rom_lp_geometry *ret, struct rom_err *err);
/* Decodes the metadata of one slot. ROM_NO_MATCH without the magic "0PLA";
 * ROM_E_CORRUPT when a checksum does not match or sizes are invalid. */
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

/* The kind of secret that the phone asks for: crypt_type of a footer. */
enum rom_fde_secret {
	ROM_FDE_PASSWORD,
	ROM_FDE_DEFAULT,
	ROM_FDE_PATTERN,
	ROM_FDE_PIN
};

/* Samsung's own encrypted key. */
struct rom_samsung_edk {
	uint64_t offset; /* from the start of the footer; 0: there is none */
	uint8_t edk[32], mac[32], salt[16];
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
	/* SHA-256 of 4096 decrypted bytes; zeros: not set */
	uint8_t first_block[ROM_SHA256_LEN];
	/* scrypt of the intermediate key; zeros: not set */
	uint8_t check[32];
	uint32_t keymaster_blob; /* bytes */
	uint8_t blob[ROM_CRYPT_BLOB_MAX];
	bool software_blob, samsung;
	/* offset of the persistent data from the footer; 0: none */
	uint32_t persist_at;
	/* set by whoever reads the area of the footer and finds one in it */
	struct rom_samsung_edk edk;
};

/* Finds Samsung's encrypted key in v, the area of 16 KiB that begins with a
 * footer. False, with offset 0, when there is none. */
bool rom_samsung_edk_find(struct rom_buffer *v, struct rom_samsung_edk *ret);

/* Decodes a footer. ROM_NO_MATCH without the magic C4 B1 B5 D0 (or Samsung's C5
 * B1 B5 D0), or when a field is invalid. Layout: LineageOS android_system_vold
 * cryptfs.h. */
enum rom_status rom_crypt_footer_decode(
	struct rom_buffer *v, struct rom_crypt_footer *ret);
/* The RSA key (PKCS#1 DER) in an old software keymaster blob, borrowed from f;
 * empty for other kinds of blobs. */
struct rom_buffer rom_crypt_soft_key(const struct rom_crypt_footer *f);
/* Entry i of the persistent data in v, readable without the password. False
 * past the last. */
bool rom_crypt_persist(
	struct rom_buffer *v, unsigned i, char key[33], char value[93]);

/* Copies the AES key that the blob of a software keymaster holds in the clear.
 * False when v is not such a blob. */
bool rom_soft_key_decode(struct rom_buffer *v, uint8_t key[32]);

/* ---- fscrypt context: the xattr "c" of index 9 --------------------------- */

/* How a file or directory is encrypted. */
struct rom_fscrypt {
	uint8_t version;		/* 1 or 2 */
	uint8_t contents, names, flags; /* modes: see rom_fscrypt_mode_name */
	/* log2 of the data unit size in bytes; 0: the block size of the
	 * filesystem */
	uint8_t unit_log;
	uint8_t key[16]; /* descriptor (8 bytes) or identifier (16) */
	size_t key_len;	 /* of key */
	uint8_t nonce[16];
};

/* Decodes a context. ROM_NO_MATCH when the bytes are not one. Layout: Linux
 * fs/crypto/fscrypt_private.h. */
enum rom_status rom_fscrypt_decode(
	struct rom_buffer *v, struct rom_fscrypt *ret);
/* The name of a mode: "AES-256-XTS", ...; "unknown" for others; a literal. */
const char *rom_fscrypt_mode_name(uint8_t mode);

#endif
